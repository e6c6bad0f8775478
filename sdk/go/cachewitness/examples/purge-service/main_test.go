package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"cachewitness"
	"cachewitness/examples/purge-service/purger"
)

// cache is a server that takes PURGE, with what it was asked.
type cache struct {
	*httptest.Server
	mutex sync.Mutex
	asked []string
}

func newCache(t *testing.T, status int) *cache {
	t.Helper()
	made := &cache{}
	made.Server = httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		made.mutex.Lock()
		defer made.mutex.Unlock()
		made.asked = append(made.asked, strings.TrimSpace(strings.Join(
			[]string{request.Method, request.Host + request.URL.RequestURI(), request.Header.Get("Authorization")}, " ")))
		writer.WriteHeader(status)
	}))
	t.Cleanup(made.Close)
	return made
}

func (c *cache) address() string { return strings.TrimPrefix(c.URL, "http://") }

func newPurger(t *testing.T, config purger.Config) *purger.Purger {
	t.Helper()
	made, err := purger.New(config, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestDriverAsksEveryCacheOfTheHostAndTellsWhichRefused(t *testing.T) {
	t.Setenv("TOKEN", "s3cret")
	first, second, refusing := newCache(t, 200), newCache(t, 204), newCache(t, 405)
	caches := newPurger(t, purger.Config{TokenVariable: "TOKEN", Caches: map[string][]string{
		"a.example.com": {first.address(), second.address()}, "b.example.com": {refusing.address()}}})
	items := []string{"http://a.example.com/x.js?v=1", "http://b.example.com/x.js", "http://c.example.com/x.js"}
	var out strings.Builder
	request, _ := json.Marshal(cachewitness.PurgeRequest{
		Schema: cachewitness.PurgeSchema, Kind: cachewitness.KindURL, Items: items, Key: "k1"})
	if err := cachewitness.ServePurge(context.Background(), strings.NewReader(string(request)), &out, drive(caches)); err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Accepted []string
		Rejected []cachewitness.Rejection
		ID       string
	}
	if err := json.Unmarshal([]byte(out.String()), &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Accepted) != 1 || answer.Accepted[0] != items[0] || answer.ID != "k1" {
		t.Errorf("accepted %v, id %q", answer.Accepted, answer.ID)
	}
	if len(answer.Rejected) != 2 || !strings.Contains(answer.Rejected[0].Reason, "405") ||
		!strings.Contains(answer.Rejected[1].Reason, "no cache is known that holds c.example.com") {
		t.Errorf("rejected %v", answer.Rejected)
	}
	for _, each := range []*cache{first, second} {
		if len(each.asked) != 1 || each.asked[0] != "PURGE a.example.com/x.js?v=1 Bearer s3cret" {
			t.Errorf("asked %v", each.asked)
		}
	}
}

func TestDriverFailsForWhatItCannotDo(t *testing.T) {
	caches := newPurger(t, purger.Config{Caches: map[string][]string{"*": {"127.0.0.1:1"}}})
	for _, request := range []cachewitness.PurgeRequest{{Kind: cachewitness.KindTag}, {Kind: cachewitness.KindURL, Soft: true}} {
		if _, err := drive(caches)(context.Background(), request); err == nil {
			t.Errorf("%v was taken", request)
		}
	}
}

func TestServiceAsksForItsToken(t *testing.T) {
	known := newCache(t, 200)
	service := httptest.NewServer(handler(newPurger(t, purger.Config{
		Caches: map[string][]string{"a.example.com": {known.address()}}}), "right"))
	defer service.Close()
	for _, row := range []struct {
		token, body string
		status      int
	}{
		{"wrong", `{"urls": ["http://a.example.com/"]}`, http.StatusUnauthorized},
		{"right", `{"urls": ["http://a.example.com/"]}`, http.StatusOK},
		{"right", `{"urls": ["http://b.example.com/"]}`, http.StatusBadGateway},
		{"right", `nonsense`, http.StatusBadRequest},
	} {
		request, _ := http.NewRequest(http.MethodPost, service.URL+"/purge", strings.NewReader(row.body))
		request.Header.Set("Authorization", "Bearer "+row.token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != row.status {
			t.Errorf("%v was answered %s", row, response.Status)
		}
	}
	if len(known.asked) != 1 {
		t.Errorf("the cache was asked %v", known.asked)
	}
}

func TestConfigurationIsRefusedWhereItSaysLessThanItSeems(t *testing.T) {
	for _, config := range []purger.Config{
		{}, {Caches: map[string][]string{"*": {"x:1"}}, TokenVariable: "NOT_SET_ANYWHERE"},
		{Caches: map[string][]string{"*": {"x:1"}}, CAFile: "none.pem"},
	} {
		if _, err := purger.New(config, t.TempDir()); err == nil {
			t.Errorf("%v was taken", config)
		}
	}
}
