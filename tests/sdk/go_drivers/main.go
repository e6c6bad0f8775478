// Drivers is a tenant source and a check, as a user's module would have them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"cachewitness"
)

func main() {
	switch os.Args[1] {
	case "tenants":
		cachewitness.RunTenantSource(tenants)
	case "check":
		cachewitness.RunCheck(check)
	case "check-report":
		cachewitness.RunCheck(checkReport)
	}
}

func tenants(_ context.Context, _ cachewitness.TenantsRequest, emit func(cachewitness.Tenant) error) error {
	for _, id := range os.Args[2:] {
		if err := emit(cachewitness.Tenant{ID: id, Tags: []string{"gold"}}); err != nil {
			return err
		}
	}
	return nil
}

// check warns of every edge that did not answer from its store.
func check(_ context.Context, request cachewitness.CheckRequest) (cachewitness.CheckAnswer, error) {
	var answer cachewitness.CheckAnswer
	evidence, err := cachewitness.OpenEvidence(request.Evidence)
	if err != nil {
		return answer, err
	}
	defer evidence.Close()
	probes := 0
	for {
		seen, err := evidence.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return answer, err
		}
		if seen.Type != "probe" {
			continue
		}
		probes++
		if seen.Status != 200 {
			answer.Find(cachewitness.Fail, map[string]interface{}{"edge": seen.Edge, "tenant": seen.Tenant, "status": seen.Status})
		}
	}
	answer.Detail = fmt.Sprintf("%d probes in %v", probes, request.Environments())
	answer.Metrics = map[string]float64{"probes": float64(probes)}
	return answer, nil
}

func checkReport(_ context.Context, request cachewitness.CheckRequest) (cachewitness.CheckAnswer, error) {
	report, err := cachewitness.ReadReport(request.Report)
	if err != nil {
		return cachewitness.CheckAnswer{}, err
	}
	return cachewitness.CheckAnswer{Detail: report.Outcome, ParityScore: &report.Summary.ParityScore}, nil
}
