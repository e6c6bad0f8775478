package cachewitness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// runDriver is the process around a protocol: standard input to standard output, errors to standard error and exit
// code 1, which cachewitness takes for a driver that failed. Cachewitness ends a driver that takes too long with TERM,
// half a second before KILL; the context is cancelled then.
func runDriver(serve func(context.Context, io.Reader, io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := serve(ctx, os.Stdin, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		os.Exit(1)
	}
}

// readRequest decodes one JSON object and refuses another protocol's. Unknown members are ignored: formats only gain.
func readRequest(in io.Reader, schema string, request interface{ schemaName() string }) error {
	if err := json.NewDecoder(in).Decode(request); err != nil {
		return fmt.Errorf("the request is not JSON: %w", err)
	}
	if got := request.schemaName(); got != schema {
		return fmt.Errorf("the request is %q and not %q", got, schema)
	}
	return nil
}
