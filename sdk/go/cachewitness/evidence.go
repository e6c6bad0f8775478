package cachewitness

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// EvidenceSchema names the evidence format (docs/evidence.md).
const EvidenceSchema = "cachewitness.evidence/v1"

// Body is what came after the head of an answer.
type Body struct {
	WireBytes    int64  `json:"wire_bytes"`
	DecodedBytes int64  `json:"decoded_bytes"`
	SHA256       string `json:"sha256"` // of the decoded body; empty where policy.body is none
	DecodeError  string `json:"decode_error"`
}

// Failure is why there is no answer.
type Failure struct {
	Stage  string `json:"stage"`
	Cause  string `json:"cause"`
	Detail string `json:"detail"`
}

// LeakStep is which step of a leak check it was (docs/leaks.md).
type LeakStep struct {
	Check       string `json:"check"`        // "cross_tenant", "poisoning" or "deception"
	Step        string `json:"step"`         // "first", "again", "other", "prime" or "ask"
	Header      string `json:"header"`       // that was tried; of poisoning only
	Canary      string `json:"canary"`       // the value that was sent in it
	OtherTenant string `json:"other_tenant"` // whose answer it must not be
}

// Observation is what one request saw: a probe of an edge, a baseline of `arm`, the origin, or a step of a leak check,
// which says nothing about a cell's freshness: ask Type before you count. Header values are what strangers sent. Names
// that are not UTF-8 are empty here.
type Observation struct {
	Type        string            `json:"type"` // "probe", "baseline", "origin" or "leak"
	ID          string            `json:"id"`
	Environment string            `json:"environment"`
	Region      string            `json:"region"` // not of the origin
	Edge        string            `json:"edge"`   // not of the origin
	Replica     string            `json:"replica"`
	Tenant      string            `json:"tenant"`
	Asset       string            `json:"asset"`
	Variant     string            `json:"variant"`
	Sample      int               `json:"sample"`
	Round       int               `json:"round"` // of the closed loop; 0 = the verification before it
	URL         string            `json:"url"`
	SentAt      time.Time         `json:"sent_at"`
	ReceivedAt  time.Time         `json:"received_at"`
	Status      int               `json:"status"`  // 0 where there is no answer
	Headers     map[string]string `json:"headers"` // lower-case names, lines of one name joined
	Body        *Body             `json:"body"`
	Failure     *Failure          `json:"failure"`
	Leak        *LeakStep         `json:"leak"` // of the type "leak", and only there
}

// EvidenceFile reads an evidence file, one observation at a time.
type EvidenceFile struct {
	path     string
	lines    *bufio.Reader
	close    func() error
	number   int
	complete bool
	isDone   bool
}

// OpenEvidence opens what `--evidence` wrote; a name that ends in .zst is decompressed by the program zstd.
func OpenEvidence(path string) (*EvidenceFile, error) {
	file := &EvidenceFile{path: path}
	if strings.HasSuffix(path, ".zst") {
		if err := file.openCompressed(); err != nil {
			return nil, err
		}
	} else {
		plain, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		file.lines, file.close = bufio.NewReader(plain), plain.Close
	}
	var header struct{ Type, Schema string }
	line, err := file.next()
	if err == nil {
		err = json.Unmarshal(line, &header)
	}
	if err != nil || header.Type != "header" || header.Schema != EvidenceSchema {
		file.Close()
		return nil, fmt.Errorf("%s does not begin with a header of %s", path, EvidenceSchema)
	}
	return file, nil
}

func (f *EvidenceFile) openCompressed() error {
	if _, err := os.Stat(f.path); err != nil {
		return err
	}
	child := exec.Command("zstd", "-dcq", "--", f.path)
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("%s is compressed and zstd cannot be run (%w): install zstd, or write plain lines", f.path, err)
	}
	f.lines = bufio.NewReader(out)
	f.close = func() error {
		child.Process.Kill()
		child.Wait()
		return nil
	}
	return nil
}

func (f *EvidenceFile) next() ([]byte, error) {
	line, err := f.lines.ReadBytes('\n')
	if len(line) == 0 {
		return nil, io.EOF
	}
	f.number++
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:%d: %w", f.path, f.number, err)
	}
	return bytes.TrimSuffix(line, []byte{'\n'}), nil
}

// Next gives the next observation, and io.EOF after the last. A last line that a killed run cut short is no fault; any
// other line that cannot be read is.
func (f *EvidenceFile) Next() (*Observation, error) {
	for !f.isDone {
		line, err := f.next()
		if err != nil {
			return nil, err
		}
		if seen, err := f.take(line); seen != nil || err != nil {
			return seen, err
		}
	}
	return nil, io.EOF
}

// take gives nothing for the line of a round: what was seen in it comes as observations.
func (f *EvidenceFile) take(line []byte) (*Observation, error) {
	var seen struct {
		Observation
		Complete bool `json:"complete"`
	}
	if err := json.Unmarshal(line, &seen); err != nil {
		if _, end := f.lines.Peek(1); end != nil && !json.Valid(line) {
			f.isDone = true
			return nil, io.EOF
		}
		return nil, fmt.Errorf("%s:%d: %w", f.path, f.number, err)
	}
	switch seen.Type {
	case "footer":
		f.isDone, f.complete = true, seen.Complete
		return nil, io.EOF
	case "leak":
		if seen.Leak == nil {
			return nil, fmt.Errorf("%s:%d: \"leak\" is not there", f.path, f.number)
		}
		return &seen.Observation, nil
	case "probe", "baseline", "origin":
		return &seen.Observation, nil
	case "round":
		return nil, nil
	}
	return nil, fmt.Errorf("%s:%d: unknown type of line %q; a later version wrote this", f.path, f.number, seen.Type)
}

// Complete tells, after the last observation, whether the run saw all that it planned.
func (f *EvidenceFile) Complete() bool { return f.complete }

// Close ends reading.
func (f *EvidenceFile) Close() error { return f.close() }
