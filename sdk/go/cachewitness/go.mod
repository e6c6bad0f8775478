module cachewitness

go 1.19
