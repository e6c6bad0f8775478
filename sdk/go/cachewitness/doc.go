// Package cachewitness lets Go programs work with cachewitness: as a purge driver, a tenant source or a check
// (RunPurgeDriver, RunTenantSource, RunCheck), and as a deployment that gates on its report (Client, ReadReport).
//
// It needs the standard library alone and builds with Go 1.19.
package cachewitness
