package cachewitness

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPurgeAnswersHaveTheProtocolsForm(t *testing.T) {
	for _, row := range []struct {
		answer PurgeAnswer
		want   string
	}{
		{PurgeAnswer{}, `{"accepted":[]}`},
		{PurgeAnswer{All: true, ID: "7"}, `{"accepted":true,"id":"7"}`},
		{PurgeAnswer{Accepted: []string{"a"}, Rejected: []Rejection{{"b", "no"}}},
			`{"accepted":["a"],"rejected":[{"item":"b","reason":"no"}]}`},
		{PurgeAnswer{RetryAfter: 1500 * time.Millisecond}, `{"accepted":[],"retry_after":1.5}`},
	} {
		if got, err := json.Marshal(row.answer); err != nil || string(got) != row.want {
			t.Errorf("%+v became %s (%v), not %s", row.answer, got, err, row.want)
		}
	}
}

func TestDriversRefuseAnotherProtocol(t *testing.T) {
	answer := func(context.Context, PurgeRequest) (PurgeAnswer, error) { return PurgeAnswer{All: true}, nil }
	for _, request := range []string{"", "[]", "nonsense", `{"schema":"cachewitness.purge/v2"}`, `{"schema":"cachewitness.check/v1"}`} {
		var out strings.Builder
		if err := ServePurge(context.Background(), strings.NewReader(request), &out, answer); err == nil || out.Len() > 0 {
			t.Errorf("%q was answered %q", request, out.String())
		}
	}
}

func TestADriverThatFailsAnswersNothing(t *testing.T) {
	failing := func(context.Context, PurgeRequest) (PurgeAnswer, error) {
		return PurgeAnswer{All: true}, errors.New("no")
	}
	var out strings.Builder
	err := ServePurge(context.Background(), strings.NewReader(`{"schema":"cachewitness.purge/v1","kind":"url","new":1}`), &out, failing)
	if err == nil || out.Len() > 0 {
		t.Errorf("answered %q, %v", out.String(), err)
	}
}

func TestTenantsAreFlatObjects(t *testing.T) {
	list := func(_ context.Context, _ TenantsRequest, emit func(Tenant) error) error {
		if err := emit(Tenant{ID: "a", Host: "a.example.com", Tags: []string{"gold"}, Attributes: map[string]string{"base": "/a"}}); err != nil {
			return err
		}
		return emit(Tenant{ID: "b"})
	}
	var out strings.Builder
	if err := ServeTenants(context.Background(), strings.NewReader(`{"schema":"cachewitness.tenants/v1"}`), &out, list); err != nil {
		t.Fatal(err)
	}
	want := `{"base":"/a","host":"a.example.com","id":"a","tags":["gold"]}` + "\n" + `{"id":"b"}` + "\n"
	if out.String() != want {
		t.Errorf("got %s", out.String())
	}
	for _, bad := range []Tenant{{}, {ID: "a", Attributes: map[string]string{"host": "x"}}} {
		if _, err := json.Marshal(bad); err == nil {
			t.Errorf("%v was written", bad)
		}
	}
}

func TestChecksNeverAnswerNonsense(t *testing.T) {
	serve := func(answer CheckAnswer) (string, error) {
		var out strings.Builder
		err := ServeCheck(context.Background(), strings.NewReader(
			`{"schema":"cachewitness.check/v1","evidence":null,"environment":"a,b","purge":{"requested_at":null}}`), &out,
			func(_ context.Context, request CheckRequest) (CheckAnswer, error) {
				if len(request.Environments()) != 2 || request.Evidence != "" || request.Purge.RequestedAt != nil {
					t.Errorf("read %+v", request)
				}
				return answer, nil
			})
		return out.String(), err
	}
	if got, err := serve(CheckAnswer{}); err != nil || got != `{"status":"pass"}`+"\n" {
		t.Errorf("%q %v", got, err)
	}
	var found CheckAnswer
	found.Find(Fail, "bad")
	found.Find(Warn, "odd")
	if got, err := serve(found); err != nil || got != `{"status":"fail","findings":["bad","odd"]}`+"\n" {
		t.Errorf("%q %v", got, err)
	}
	high := 1.1
	for _, bad := range []CheckAnswer{{Status: "fine"}, {ParityScore: &high}, {Metrics: map[string]float64{"x": math.NaN()}}} {
		if got, err := serve(bad); err == nil || got != "" {
			t.Errorf("%+v was answered %q", bad, got)
		}
	}
}

const evidence = `{"type":"header","schema":"cachewitness.evidence/v1"}
{"type":"probe","id":"e1","edge":"us-1","status":200,"headers":{"etag":"\"v\""},"sent_at":"2026-11-23T03:01:00.250000001Z","body":{"sha256":"aa"}}
{"type":"probe","id":"e2","edge":"us-1","failure":{"stage":"connect","cause":"refused","detail":"d"}}
`

func readAll(t *testing.T, path string) ([]*Observation, bool, error) {
	t.Helper()
	file, err := OpenEvidence(path)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	var seen []*Observation
	for {
		each, err := file.Next()
		if errors.Is(err, io.EOF) {
			return seen, file.Complete(), nil
		}
		if err != nil {
			return seen, false, err
		}
		seen = append(seen, each)
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEvidenceIsReadLineByLine(t *testing.T) {
	whole := write(t, "e.jsonl", evidence+`{"type":"footer","complete":true}`+"\n")
	seen, complete, err := readAll(t, whole)
	if err != nil || !complete || len(seen) != 2 {
		t.Fatal(seen, complete, err)
	}
	if seen[0].Headers["etag"] != `"v"` || seen[0].Body.SHA256 != "aa" || seen[0].SentAt.Nanosecond() != 250000001 {
		t.Errorf("%+v", seen[0])
	}
	if seen[1].Failure.Cause != "refused" || seen[1].Status != 0 {
		t.Errorf("%+v", seen[1])
	}
	if zstd, err := exec.LookPath("zstd"); err == nil {
		if err := exec.Command(zstd, "-q", whole).Run(); err != nil {
			t.Fatal(err)
		}
		if again, complete, err := readAll(t, whole+".zst"); err != nil || !complete || len(again) != 2 {
			t.Error(again, complete, err)
		}
	}
}

func TestLinesOfRoundsAndLeakChecksAreRead(t *testing.T) {
	seen, complete, err := readAll(t, write(t, "e.jsonl", evidence+
		`{"type":"round","round":1,"purge_id":"p-1","kind":"url","cells":1,"tenants":1,"items":1,"calls":1,"not_taken":0}`+"\n"+
		`{"type":"probe","id":"e3","round":1,"edge":"us-1"}`+"\n"+
		`{"type":"leak","id":"e4","leak":{"check":"poisoning","step":"prime","header":"x-forwarded-host","canary":"cw-1.invalid"}}`+"\n"+
		`{"type":"leak","id":"e5","leak":{"check":"cross_tenant","step":"other","other_tenant":"b"}}`+"\n"+
		`{"type":"footer","complete":true}`+"\n"))
	if err != nil || !complete || len(seen) != 5 {
		t.Fatal(seen, complete, err)
	}
	if seen[0].Round != 0 || seen[2].Round != 1 || seen[2].Leak != nil {
		t.Errorf("%+v %+v", seen[0], seen[2])
	}
	if want := (LeakStep{Check: "poisoning", Step: "prime", Header: "x-forwarded-host", Canary: "cw-1.invalid"}); seen[3].Type != "leak" || *seen[3].Leak != want {
		t.Errorf("%+v", seen[3])
	}
	if want := (LeakStep{Check: "cross_tenant", Step: "other", OtherTenant: "b"}); *seen[4].Leak != want {
		t.Errorf("%+v", seen[4].Leak)
	}
	if _, _, err := readAll(t, write(t, "e.jsonl", evidence+`{"type":"leak","id":"e3"}`+"\n")); err == nil {
		t.Error("a leak line without its step was read")
	}
}

func TestEveryTypeOfLineOfTheSchemaIsKnown(t *testing.T) {
	text, err := os.ReadFile("../../../schemas/evidence.v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Definitions map[string]struct {
			Properties map[string]json.RawMessage `json:"properties"`
		} `json:"definitions"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, line := range schema.Definitions {
		var kind struct {
			Enum  []string `json:"enum"`
			Const string   `json:"const"`
		}
		if json.Unmarshal(line.Properties["type"], &kind) != nil {
			continue
		}
		for _, word := range append(kind.Enum, kind.Const) {
			if word == "" || word == "header" || word == "footer" {
				continue
			}
			tried++
			path := write(t, "e.jsonl", evidence+`{"type":"`+word+`","leak":{"check":"poisoning","step":"ask"}}`+"\n")
			if _, _, err := readAll(t, path); err != nil {
				t.Error(err)
			}
		}
	}
	if tried < 5 {
		t.Errorf("the schema has but %d types of line", tried)
	}
}

func TestEvidenceOfAKilledRunIsWholeButForItsLastLine(t *testing.T) {
	if seen, complete, err := readAll(t, write(t, "e.jsonl", evidence+`{"type":"pro`)); err != nil || complete || len(seen) != 2 {
		t.Error(seen, complete, err)
	}
	for _, bad := range []string{"", "{}\n", evidence + "nonsense\n" + evidence, evidence + `{"type":"dream"}` + "\n"} {
		if _, _, err := readAll(t, write(t, "e.jsonl", bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

const report = `{"schema":"cachewitness.report/v1","complete":true,"outcome":"SUCCESS - 1/1 tenants verified.",
	"gate":{"passed":true,"exit_code":0,"reasons":[]},"summary":{"cells":{"total":2}},"new":{}}`

func TestAReportPassesOnlyWhereItIsWhole(t *testing.T) {
	read, err := ParseReport([]byte(report))
	if err != nil || !read.Passed() || read.Summary.Cells.Total != 2 {
		t.Error(read, err)
	}
	cut, err := ParseReport([]byte(strings.Replace(report, `"complete":true`, `"complete":false`, 1)))
	if err != nil || cut.Passed() {
		t.Error(cut, err)
	}
	if _, err := ParseReport([]byte(`{"schema":"cachewitness.report/v2"}`)); err == nil {
		t.Error("another schema was read")
	}
}

// program is a stand-in for cachewitness that prints, and exits with a code.
func program(t *testing.T, script string) string {
	t.Helper()
	path := write(t, "cachewitness", "#!/bin/sh\n"+script+"\n")
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheGateOpensForProofAlone(t *testing.T) {
	show := "cat <<'EOF'\n" + report + "\nEOF\n"
	failed := strings.NewReplacer(`"passed":true`, `"passed":false`, `"exit_code":0`, `"exit_code":1`).Replace(show)
	var notVerified *NotVerifiedError
	var broken *Error
	for _, row := range []struct {
		name, script string
		right        func(error) bool
	}{
		{"proof", show, func(err error) bool { return err == nil }},
		{"findings", failed + "exit 1", func(err error) bool { return errors.As(err, &notVerified) }},
		{"a report that contradicts its exit code", failed + "exit 0", func(err error) bool { return err != nil }},
		{"a bad manifest", "echo 'x.yaml:1:1: no' >&2; exit 2", func(err error) bool {
			return errors.As(err, &broken) && broken.ExitCode == 2 && strings.Contains(broken.Stderr, "x.yaml:1:1")
		}},
		{"a report that could not be kept", show + "exit 4", func(err error) bool { return errors.As(err, &broken) }},
		{"silence", "exit 0", func(err error) bool { return err != nil }},
		{"a crash", "kill -9 $$", func(err error) bool { return err != nil }},
		{"nonsense", "echo nonsense", func(err error) bool { return err != nil }},
	} {
		if err := (Client{Program: program(t, row.script)}).Gate(context.Background(), VerifyOptions{}); !row.right(err) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	if err := (Client{Program: "/nowhere/cachewitness"}).Gate(context.Background(), VerifyOptions{}); err == nil {
		t.Error("a missing program let the deployment go on")
	}
}

func TestADoneContextEndsTheProgramInGoodOrder(t *testing.T) {
	folder := t.TempDir()
	script := "trap 'touch " + folder + "/ended; exit 143' TERM; touch " + folder + "/started; while :; do sleep 0.01; done"
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for {
			if _, err := os.Stat(folder + "/started"); err == nil {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if err := (Client{Program: program(t, script)}).Gate(ctx, VerifyOptions{}); err == nil {
		t.Error("what was interrupted let the deployment go on")
	}
	if _, err := os.Stat(folder + "/ended"); err != nil {
		t.Error("the program was not asked to end:", err)
	}
}

func TestOptionsAreTheProgramsOwn(t *testing.T) {
	at := time.Date(2026, 11, 23, 3, 0, 0, 250, time.UTC)
	got := strings.Join(VerifyOptions{Environments: []string{"a", "b"}, Tenants: []string{"x*"}, PurgedAt: at, FailFast: true,
		Timeout: time.Minute, Baseline: "b.jsonl"}.arguments(), " ")
	want := "--environment=a,b --tenants=x* --purged-at=2026-11-23T03:00:00.00000025Z --baseline=b.jsonl --fail-fast --timeout=60000ms"
	if got != want {
		t.Errorf("got %s", got)
	}
}
