// Purge-service invalidates pages in a fleet of caches. It is a service with an API of its own,
//
//	purge-service serve CONFIG ADDRESS     POST /purge {"urls": [...]}, Authorization: Bearer $PURGE_SERVICE_TOKEN
//
// and, with the same purge logic, the purge driver of cachewitness:
//
//	purge-service driver CONFIG            manifest: purge: {provider: driver, run: [purge-service, driver, CONFIG], kinds: url}
package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"cachewitness"
	"cachewitness/examples/purge-service/purger"
)

const tokenVariable = "PURGE_SERVICE_TOKEN"

func usage() {
	fmt.Fprintln(os.Stderr, "usage: purge-service driver CONFIG\n       purge-service serve CONFIG ADDRESS")
	os.Exit(2)
}

func main() {
	if len(os.Args) < 3 {
		usage()
	}
	caches, err := purger.Load(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "purge-service:", err)
		os.Exit(1)
	}
	switch {
	case os.Args[1] == "driver" && len(os.Args) == 3:
		cachewitness.RunPurgeDriver(drive(caches))
	case os.Args[1] == "serve" && len(os.Args) == 4:
		if err := serve(caches, os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, "purge-service:", err)
			os.Exit(1)
		}
	default:
		usage()
	}
}

// drive makes a driver of the purge logic.
func drive(caches *purger.Purger) cachewitness.PurgeFunc {
	return func(ctx context.Context, request cachewitness.PurgeRequest) (cachewitness.PurgeAnswer, error) {
		answer := cachewitness.PurgeAnswer{ID: request.Key}
		if request.Kind != cachewitness.KindURL || request.Soft {
			return answer, fmt.Errorf("these caches purge URLs, hard; set `kinds: url` for the driver in the manifest")
		}
		for _, result := range caches.Purge(ctx, request.Items) {
			if result.Err != nil {
				answer.Rejected = append(answer.Rejected, cachewitness.Rejection{Item: result.URL, Reason: result.Err.Error()})
			} else {
				answer.Accepted = append(answer.Accepted, result.URL)
			}
		}
		return answer, nil
	}
}

// serve answers until it is told to end. The address that it listens on is its first line of output.
func serve(caches *purger.Purger, address string) error {
	token := os.Getenv(tokenVariable)
	if token == "" {
		return fmt.Errorf("set %s, which callers must present", tokenVariable)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr())
	server := &http.Server{Handler: handler(caches, token), ReadHeaderTimeout: 5 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		server.Shutdown(grace)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func handler(caches *purger.Purger, token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/purge", func(writer http.ResponseWriter, request *http.Request) {
		presented := request.Header.Get("Authorization")
		if subtle.ConstantTimeCompare([]byte(presented), []byte("Bearer "+token)) != 1 {
			http.Error(writer, "the token is missing or wrong", http.StatusUnauthorized)
			return
		}
		if request.Method != http.MethodPost {
			http.Error(writer, "POST a list of URLs", http.StatusMethodNotAllowed)
			return
		}
		var order struct {
			URLs []string `json:"urls"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(writer, request.Body, 1<<20)).Decode(&order); err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		failed := map[string]string{}
		for _, result := range caches.Purge(request.Context(), order.URLs) {
			if result.Err != nil {
				failed[result.URL] = result.Err.Error()
			}
		}
		writer.Header().Set("Content-Type", "application/json")
		if len(failed) > 0 {
			writer.WriteHeader(http.StatusBadGateway)
		}
		json.NewEncoder(writer).Encode(map[string]interface{}{"purged": len(order.URLs) - len(failed), "failed": failed})
	})
	return mux
}
