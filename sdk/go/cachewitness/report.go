package cachewitness

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// ReportSchema names the report format.
const ReportSchema = "cachewitness.report/v1"

// Report is what `verify` and `judge` found: schemas/report.v1.schema.json, the members that gates read.
type Report struct {
	Schema          string        `json:"schema"`
	ToolVersion     string        `json:"tool_version"`
	RunID           string        `json:"run_id"`
	Project         string        `json:"project"`
	Environment     string        `json:"environment"` // "staging,production"
	StartedAt       time.Time     `json:"started_at"`
	FinishedAt      time.Time     `json:"finished_at"`
	Complete        bool          `json:"complete"`
	WhyIncomplete   string        `json:"why_incomplete"`
	Gate            Gate          `json:"gate"`
	Outcome         string        `json:"outcome"` // one line
	Summary         Summary       `json:"summary"`
	Findings        []Finding     `json:"findings"` // every cell that is not fresh
	Checks          []CheckResult `json:"checks"`
	AffectedTenants []string      `json:"affected_tenants"` // stale, mismatch or leak and not waived
	UnsureTenants   []string      `json:"unsure_tenants"`   // else error or inconclusive
}

// Gate is the answer to: may the deployment go on?
type Gate struct {
	Passed   bool     `json:"passed"`
	ExitCode int      `json:"exit_code"`
	Reasons  []string `json:"reasons"` // why it did not pass
}

// Summary counts.
type Summary struct {
	Tenants struct {
		Total    int `json:"total"`
		Verified int `json:"verified"`
		Flagged  int `json:"flagged"`
	} `json:"tenants"`
	Regions     int     `json:"regions"`
	Edges       int     `json:"edges"`
	Cells       Cells   `json:"cells"`
	Probes      int     `json:"probes"`
	ParityScore float64 `json:"parity_score"` // 0 to 1
	DurationMS  int64   `json:"duration_ms"`
}

// Cells counts cells by their state. Proven is a part of Fresh, Waived a part of the others.
type Cells struct {
	Total        int `json:"total"`
	Fresh        int `json:"fresh"`
	Proven       int `json:"proven"`
	Stale        int `json:"stale"`
	Mismatch     int `json:"mismatch"`
	Leak         int `json:"leak"`
	Error        int `json:"error"`
	Inconclusive int `json:"inconclusive"`
	Waived       int `json:"waived"`
}

// Finding is a cell that is not fresh; docs/rules/ tells what each cause means.
type Finding struct {
	Environment string   `json:"environment"`
	Region      string   `json:"region"`
	Edge        string   `json:"edge"`
	Tenant      string   `json:"tenant"`
	Asset       string   `json:"asset"`
	Variant     string   `json:"variant"`
	URL         string   `json:"url"`
	State       string   `json:"state"`
	Cause       string   `json:"cause"`
	Confidence  float64  `json:"confidence"` // 0 to 1
	Header      *string  `json:"header"`
	Expected    string   `json:"expected"`
	Observed    string   `json:"observed"`
	Why         string   `json:"why"`
	Remedy      string   `json:"remedy"`
	Evidence    []string `json:"evidence"` // ids of observations
	Waived      bool     `json:"waived"`
}

// CheckResult is what a check of the manifest's said.
type CheckResult struct {
	Name        string            `json:"name"`
	Status      Status            `json:"status"`
	Detail      string            `json:"detail"`
	ParityScore *float64          `json:"parity_score"`
	Findings    []json.RawMessage `json:"findings"`
}

// Passed is the one question of a deployment. A run that was cut short proves nothing.
func (r *Report) Passed() bool { return r.Gate.Passed && r.Complete && r.Gate.ExitCode == 0 }

// ParseReport reads the JSON of a report.
func ParseReport(text []byte) (*Report, error) {
	var report Report
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("the report cannot be read: %w", err)
	}
	if report.Schema != ReportSchema {
		return nil, fmt.Errorf("the report is %q and not %q", report.Schema, ReportSchema)
	}
	return &report, nil
}

// ReadReport reads what `--report` wrote.
func ReadReport(path string) (*Report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return ParseReport(text)
}
