package cachewitness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Client runs the program cachewitness.
type Client struct {
	Program  string   // default: cachewitness on PATH
	Manifest string   // default: as the program's
	Dir      string   // where it runs; default: here
	Env      []string // as exec.Cmd.Env; default: ours
}

// VerifyOptions narrow a verification and say what it goes by. The zero value verifies all.
type VerifyOptions struct {
	Environments []string
	Tenants      []string  // names or globs
	Regions      []string  // names or globs
	PurgedAt     time.Time // when the CDN was asked, before the first request
	Journal      string    // what `cachewitness purge` wrote, instead of PurgedAt
	Baseline     string    // what `cachewitness arm` recorded
	Evidence     string    // a file to keep the evidence in
	FailFast     bool
	Timeout      time.Duration // of the whole run; default: the manifest's limits.total
}

func (o VerifyOptions) arguments() []string {
	var arguments []string
	add := func(option, value string) {
		if value != "" {
			arguments = append(arguments, option+"="+value)
		}
	}
	add("--environment", strings.Join(o.Environments, ","))
	add("--tenants", strings.Join(o.Tenants, ","))
	add("--regions", strings.Join(o.Regions, ","))
	if !o.PurgedAt.IsZero() {
		add("--purged-at", o.PurgedAt.UTC().Format(time.RFC3339Nano))
	}
	add("--journal", o.Journal)
	add("--baseline", o.Baseline)
	add("--evidence", o.Evidence)
	if o.FailFast {
		arguments = append(arguments, "--fail-fast")
	}
	if o.Timeout > 0 {
		add("--timeout", fmt.Sprintf("%dms", o.Timeout.Milliseconds()))
	}
	return arguments
}

// Error is a run that brought no report to gate on: exit code 2 (the command or the manifest is wrong) or 4 (it could
// not do its work).
type Error struct {
	ExitCode int
	Stderr   string // a line a fault
}

func (e *Error) Error() string {
	return fmt.Sprintf("cachewitness exited with %d: %s", e.ExitCode, strings.TrimSpace(e.Stderr))
}

// NotVerifiedError is a report that does not let the deployment go on.
type NotVerifiedError struct{ Report *Report }

func (e *NotVerifiedError) Error() string {
	reasons := append([]string{e.Report.Outcome}, e.Report.Gate.Reasons...)
	return strings.Join(reasons, "; ")
}

// Verify runs `cachewitness verify` and gives its report, whether the gate passed or not. Once ctx is done the program
// is asked to end, which it does in good order: the report then says what was seen and is not complete.
func (c Client) Verify(ctx context.Context, options VerifyOptions) (*Report, error) {
	arguments := append([]string{"verify", "--format=json", "--progress=never"}, options.arguments()...)
	if c.Manifest != "" {
		arguments = append(arguments, "--manifest="+c.Manifest)
	}
	program := c.Program
	if program == "" {
		program = "cachewitness"
	}
	child := exec.Command(program, arguments...)
	child.Dir, child.Env = c.Dir, c.Env
	var out, diagnostics bytes.Buffer
	child.Stdout, child.Stderr = &out, &diagnostics
	code, err := runUntil(ctx, child)
	if err != nil {
		return nil, err
	}
	if code == 2 || code == 4 || out.Len() == 0 {
		return nil, &Error{ExitCode: code, Stderr: diagnostics.String()}
	}
	report, err := ParseReport(out.Bytes())
	if err != nil {
		return nil, err
	}
	if code == 0 && !report.Passed() {
		return nil, errors.New("cachewitness exited with 0 and its report does not pass")
	}
	return report, nil
}

// Gate is nil where the invalidation is proven, a *NotVerifiedError where it is not, and another error where nothing
// can be said. Only nil lets a deployment go on.
func (c Client) Gate(ctx context.Context, options VerifyOptions) error {
	report, err := c.Verify(ctx, options)
	if err != nil {
		return err
	}
	if !report.Passed() {
		return &NotVerifiedError{Report: report}
	}
	return nil
}

// runUntil gives the exit code. A child that is done is asked to end with TERM.
func runUntil(ctx context.Context, child *exec.Cmd) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := child.Start(); err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
			child.Process.Signal(syscall.SIGTERM)
		case <-ended:
		}
	}()
	err := child.Wait()
	close(ended)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() >= 0 {
		return exit.ExitCode(), nil
	}
	return 0, err
}
