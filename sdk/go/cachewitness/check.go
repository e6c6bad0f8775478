package cachewitness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// CheckSchema names the check protocol.
const CheckSchema = "cachewitness.check/v1"

// The bounds of an answer (docs/checks.md).
const (
	MaxFindings = 100 // kept; cachewitness counts the rest
	MaxMetrics  = 100
)

// Status is what a check says. Warn is shown and does not fail the gate.
type Status string

// The words of the protocol.
const (
	Pass Status = "pass"
	Warn Status = "warn"
	Fail Status = "fail"
)

// PurgeTimes is when the CDN was asked to invalidate; nil where the run does not know.
type PurgeTimes struct {
	RequestedAt    *time.Time `json:"requested_at"`
	AcknowledgedAt *time.Time `json:"acknowledged_at"`
}

// CheckRequest is what cachewitness asks a check.
type CheckRequest struct {
	Schema      string     `json:"schema"`
	RunID       string     `json:"run_id"`
	Evidence    string     `json:"evidence"` // a path for OpenEvidence; empty unless the manifest says so
	Report      string     `json:"report"`   // a path for ReadReport; empty unless the manifest says so
	Environment string     `json:"environment"`
	Purge       PurgeTimes `json:"purge"`
}

func (r *CheckRequest) schemaName() string { return r.Schema }

// Environments are those of the run.
func (r CheckRequest) Environments() []string {
	return strings.FieldsFunc(r.Environment, func(c rune) bool { return c == ',' })
}

// CheckAnswer is what a check answers.
type CheckAnswer struct {
	Status      Status             `json:"status"`
	Detail      string             `json:"detail,omitempty"`       // one line for a person
	ParityScore *float64           `json:"parity_score,omitempty"` // 0 to 1
	Findings    []interface{}      `json:"findings,omitempty"`     // any JSON
	Metrics     map[string]float64 `json:"metrics,omitempty"`
}

// Find adds a finding and lowers the status to fail or warn where it was better.
func (a *CheckAnswer) Find(status Status, finding interface{}) {
	if status == Fail || a.Status == "" || a.Status == Pass {
		a.Status = status
	}
	a.Findings = append(a.Findings, finding)
}

func (a CheckAnswer) validate() error {
	if a.Status != Pass && a.Status != Warn && a.Status != Fail {
		return fmt.Errorf("the status is %q and none of pass, warn, fail", a.Status)
	}
	if a.ParityScore != nil && !(*a.ParityScore >= 0 && *a.ParityScore <= 1) {
		return fmt.Errorf("the parity score %v is not between 0 and 1", *a.ParityScore)
	}
	if len(a.Metrics) > MaxMetrics {
		return fmt.Errorf("%d metrics; %d at most", len(a.Metrics), MaxMetrics)
	}
	for name, value := range a.Metrics {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return fmt.Errorf("the metric %q is no finite number", name)
		}
	}
	return nil
}

// CheckFunc judges. An error is a failed check.
type CheckFunc func(context.Context, CheckRequest) (CheckAnswer, error)

// ServeCheck speaks the protocol once.
func ServeCheck(ctx context.Context, in io.Reader, out io.Writer, check CheckFunc) error {
	var request CheckRequest
	if err := readRequest(in, CheckSchema, &request); err != nil {
		return err
	}
	answer, err := check(ctx, request)
	if err != nil {
		return err
	}
	if answer.Status == "" {
		answer.Status = Pass
	}
	if err := answer.validate(); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(answer)
}

// RunCheck is the main function of a check. It exits with 1, which fails the gate, where check returns an error.
func RunCheck(check CheckFunc) {
	runDriver(func(ctx context.Context, in io.Reader, out io.Writer) error { return ServeCheck(ctx, in, out, check) })
}
