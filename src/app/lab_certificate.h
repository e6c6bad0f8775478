// What the lab's edges show when they speak TLS: an authority and a leaf of this run alone.
#pragma once

#include "app/lab_command.h"
#include "base/result.h"
#include "base/time.h"

namespace cachewitness::app {

// Valid from a minute before `now` for a day, for every host below example.com.
[[nodiscard]] base::Result<LabCertificate> make_lab_certificate(base::Instant now);

}  // namespace cachewitness::app
