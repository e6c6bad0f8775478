// Deploy-gate is the last step of a deployment: it lets it go on only where cachewitness proves the invalidation.
//
//	deploy-gate [-program FILE] [-evidence FILE] MANIFEST PURGED-AT [TENANT...]
//
// PURGED-AT is RFC 3339. Exit code 0: proven; 1: not; 2 and 4 as cachewitness itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"cachewitness"
)

func main() {
	program := flag.String("program", "", "the program cachewitness (default: on PATH)")
	evidence := flag.String("evidence", "", "where to keep the evidence")
	flag.Parse()
	if flag.NArg() < 2 {
		flag.Usage()
		os.Exit(2)
	}
	purgedAt, err := time.Parse(time.RFC3339Nano, flag.Arg(1))
	if err != nil {
		fmt.Fprintln(os.Stderr, "deploy-gate:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	client := cachewitness.Client{Program: *program, Manifest: flag.Arg(0)}
	err = client.Gate(ctx, cachewitness.VerifyOptions{
		PurgedAt: purgedAt, Tenants: flag.Args()[2:], Evidence: *evidence})
	os.Exit(tell(err))
}

// tell says what came of it, and gives the exit code.
func tell(err error) int {
	var notVerified *cachewitness.NotVerifiedError
	var failed *cachewitness.Error
	switch {
	case err == nil:
		fmt.Println("go on: every cache was seen to serve the new version")
		return 0
	case errors.As(err, &notVerified):
		for _, finding := range notVerified.Report.Findings {
			fmt.Printf("%s %s at %s for %s: %s\n", finding.State, finding.Cause, finding.Edge, finding.Tenant, finding.Remedy)
		}
		fmt.Println("stop:", notVerified)
		return 1
	case errors.As(err, &failed):
		fmt.Fprintln(os.Stderr, "deploy-gate:", failed)
		return failed.ExitCode
	default:
		fmt.Fprintln(os.Stderr, "deploy-gate:", err)
		return 4
	}
}
