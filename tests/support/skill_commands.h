// Commands as the command line has them, few of them, for tests of this layer.
#pragma once

#include "skill/actions.h"

namespace cachewitness::testing_support {

inline skill::Commands skill_commands() {
  using Form = skill::CommandOption::Form;
  return {{"arm", {{"manifest", Form::value}, {"environment", Form::list}, {"evidence", Form::value}}},
          {"purge", {{"manifest", Form::value}, {"tag", Form::list}, {"soft", Form::flag}, {"journal", Form::value}}},
          {"verify",
           {{"manifest", Form::value},
            {"environment", Form::list},
            {"baseline", Form::value},
            {"purged-at", Form::value},
            {"evidence", Form::value},
            {"report", Form::value},
            {"log", Form::value},
            {"fail-fast", Form::flag}}}};
}

}  // namespace cachewitness::testing_support
