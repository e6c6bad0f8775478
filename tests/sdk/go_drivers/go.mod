module drivers

go 1.19

require cachewitness v0.0.0

replace cachewitness => ../../../sdk/go/cachewitness
