package cachewitness

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// PurgeSchema names the purge driver protocol.
const PurgeSchema = "cachewitness.purge/v1"

// Kind says what the items of a purge are.
type Kind string

// The kinds of the protocol.
const (
	KindURL        Kind = "url"
	KindPrefix     Kind = "prefix"
	KindHost       Kind = "host"
	KindTag        Kind = "tag"
	KindEverything Kind = "everything" // without items
)

// PurgeRequest is what `cachewitness purge` asks a driver for.
type PurgeRequest struct {
	Schema string   `json:"schema"`
	Kind   Kind     `json:"kind"`
	Items  []string `json:"items"`
	Soft   bool     `json:"soft"` // mark as stale instead of removing
	Key    string   `json:"key"`  // of this call: the same again where a call is repeated after a crash
}

func (r *PurgeRequest) schemaName() string { return r.Schema }

// Rejection is an item that was not taken, and why.
type Rejection struct {
	Item   string `json:"item"`
	Reason string `json:"reason"`
}

// PurgeAnswer says what the CDN took. An item in neither list counts as not taken.
type PurgeAnswer struct {
	All        bool // every item was taken, or everything where there are none
	Accepted   []string
	Rejected   []Rejection
	ID         string        // the CDN's own id of this purge; optional
	RetryAfter time.Duration // asks to come again with the same call; the rest does not count then
}

// MarshalJSON writes the protocol's form.
func (a PurgeAnswer) MarshalJSON() ([]byte, error) {
	wire := struct {
		Accepted   interface{} `json:"accepted"`
		Rejected   []Rejection `json:"rejected,omitempty"`
		ID         string      `json:"id,omitempty"`
		RetryAfter float64     `json:"retry_after,omitempty"` // seconds
	}{Accepted: []string{}, Rejected: a.Rejected, ID: a.ID, RetryAfter: a.RetryAfter.Seconds()}
	if a.All {
		wire.Accepted = true
	} else if a.Accepted != nil {
		wire.Accepted = a.Accepted
	}
	return json.Marshal(wire)
}

// PurgeFunc purges. An error means that the driver failed as a whole and nothing is known; what the CDN refused belongs
// into the answer.
type PurgeFunc func(context.Context, PurgeRequest) (PurgeAnswer, error)

// ServePurge speaks the protocol once.
func ServePurge(ctx context.Context, in io.Reader, out io.Writer, purge PurgeFunc) error {
	var request PurgeRequest
	if err := readRequest(in, PurgeSchema, &request); err != nil {
		return err
	}
	answer, err := purge(ctx, request)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(answer)
}

// RunPurgeDriver is the main function of a purge driver. It exits with 1 where purge returns an error.
func RunPurgeDriver(purge PurgeFunc) {
	runDriver(func(ctx context.Context, in io.Reader, out io.Writer) error { return ServePurge(ctx, in, out, purge) })
}
