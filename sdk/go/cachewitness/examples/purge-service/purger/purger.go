// Package purger is the purge logic of the service: one place that knows which caches hold a host and how they are asked
// to drop a page. The service's own API and its cachewitness driver both go through it.
package purger

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Config is the service's file.
type Config struct {
	// The addresses of the caches that hold a host; "*" stands for hosts that are not named.
	Caches map[string][]string `json:"caches"`
	// A file with the authority of the caches' certificates, next to the configuration; empty = the system's.
	CAFile string `json:"ca_file"`
	// The variable that holds the caches' purge token; empty = they want none. The token itself stands in no file.
	TokenVariable string `json:"token_variable"`
	// How many caches are asked at once; default 16.
	Concurrency int `json:"concurrency"`
}

// Result is what became of one URL.
type Result struct {
	URL string
	Err error // nil: every cache that holds the host took it
}

// Purger asks caches to drop pages. It may be used by several goroutines.
type Purger struct {
	caches      map[string][]string
	roots       *x509.CertPool
	token       string
	concurrency int
}

// Load reads a configuration. Unknown members are faults, so that a misspelt one does not mean less than it says.
func Load(path string) (*Purger, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var config Config
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	purger, err := New(config, filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return purger, nil
}

// New takes a configuration whose files lie in folder.
func New(config Config, folder string) (*Purger, error) {
	if len(config.Caches) == 0 {
		return nil, errors.New(`"caches" names no cache`)
	}
	purger := &Purger{caches: config.Caches, concurrency: config.Concurrency}
	if purger.concurrency <= 0 {
		purger.concurrency = 16
	}
	if config.TokenVariable != "" {
		purger.token = os.Getenv(config.TokenVariable)
		if purger.token == "" {
			return nil, fmt.Errorf("the variable %s is not set", config.TokenVariable)
		}
	}
	if config.CAFile != "" {
		certificates, err := os.ReadFile(filepath.Join(folder, config.CAFile))
		if err != nil {
			return nil, err
		}
		purger.roots = x509.NewCertPool()
		if !purger.roots.AppendCertsFromPEM(certificates) {
			return nil, fmt.Errorf("%s holds no certificate", config.CAFile)
		}
	}
	return purger, nil
}

// Purge asks every cache that holds a URL to drop it. The results come in the order of the URLs.
func (p *Purger) Purge(ctx context.Context, urls []string) []Result {
	results := make([]Result, len(urls))
	slots := make(chan struct{}, p.concurrency)
	var waiting sync.WaitGroup
	for i, each := range urls {
		waiting.Add(1)
		slots <- struct{}{}
		go func(i int, each string) {
			defer waiting.Done()
			defer func() { <-slots }()
			results[i] = Result{URL: each, Err: p.purgeOne(ctx, each)}
		}(i, each)
	}
	waiting.Wait()
	return results
}

func (p *Purger) purgeOne(ctx context.Context, page string) error {
	parsed, err := url.Parse(page)
	if err != nil {
		return err
	}
	addresses := p.caches[parsed.Hostname()]
	if len(addresses) == 0 {
		addresses = p.caches["*"]
	}
	if len(addresses) == 0 {
		return fmt.Errorf("no cache is known that holds %s", parsed.Hostname())
	}
	for _, address := range addresses {
		if err := p.ask(ctx, address, parsed); err != nil {
			return fmt.Errorf("%s: %w", address, err)
		}
	}
	return nil
}

// ask sends the PURGE to one address, whatever the name resolves to.
func (p *Purger) ask(ctx context.Context, address string, page *url.URL) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "PURGE", page.String(), nil)
	if err != nil {
		return err
	}
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
		TLSClientConfig:   &tls.Config{RootCAs: p.roots, ServerName: page.Hostname()},
		DisableKeepAlives: true,
	}
	response, err := transport.RoundTrip(request) // a redirect is no purge, so none is followed
	if err != nil {
		return err
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	switch response.StatusCode {
	case http.StatusOK, http.StatusNoContent, http.StatusNotFound:
		return nil // 404 says that it knows no such page; like a 200 that is no proof, which is what verify is for
	}
	return fmt.Errorf("answered %s", response.Status)
}
