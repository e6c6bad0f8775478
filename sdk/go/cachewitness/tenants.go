package cachewitness

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// TenantsSchema names the tenant source protocol.
const TenantsSchema = "cachewitness.tenants/v1"

// TenantsRequest is what cachewitness asks a tenant source.
type TenantsRequest struct {
	Schema string `json:"schema"`
}

func (r *TenantsRequest) schemaName() string { return r.Schema }

// Tenant is one customer.
type Tenant struct {
	ID         string
	Host       string            // its own host name; optional
	Tags       []string          // optional
	Assets     []string          // that this tenant alone serves; optional
	Attributes map[string]string // further ones, for templates as {tenant.NAME}
}

// MarshalJSON writes one flat object, as the protocol has it.
func (t Tenant) MarshalJSON() ([]byte, error) {
	if t.ID == "" {
		return nil, fmt.Errorf("a tenant has no id")
	}
	flat := make(map[string]interface{}, len(t.Attributes)+4)
	for name, value := range t.Attributes {
		flat[name] = value
	}
	for _, name := range []string{"id", "host", "tags", "assets"} {
		if _, is := flat[name]; is {
			return nil, fmt.Errorf("tenant %q: %q is a field and no attribute", t.ID, name)
		}
	}
	flat["id"] = t.ID
	if t.Host != "" {
		flat["host"] = t.Host
	}
	if len(t.Tags) > 0 {
		flat["tags"] = t.Tags
	}
	if len(t.Assets) > 0 {
		flat["assets"] = t.Assets
	}
	return json.Marshal(flat)
}

// TenantsFunc emits every tenant, one after the other; millions are fine, nothing is kept. An error of emit is to be
// returned.
type TenantsFunc func(ctx context.Context, request TenantsRequest, emit func(Tenant) error) error

// ServeTenants speaks the protocol once.
func ServeTenants(ctx context.Context, in io.Reader, out io.Writer, list TenantsFunc) error {
	var request TenantsRequest
	if err := readRequest(in, TenantsSchema, &request); err != nil {
		return err
	}
	buffered := bufio.NewWriter(out)
	encoder := json.NewEncoder(buffered)
	emit := func(tenant Tenant) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return encoder.Encode(tenant)
	}
	if err := list(ctx, request, emit); err != nil {
		return err
	}
	return buffered.Flush()
}

// RunTenantSource is the main function of a tenant source. It exits with 1 where list returns an error: a list that
// was cut short is no list.
func RunTenantSource(list TenantsFunc) {
	runDriver(func(ctx context.Context, in io.Reader, out io.Writer) error { return ServeTenants(ctx, in, out, list) })
}
