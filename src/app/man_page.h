// The manual page, written from the command line itself: it can name no command that there is not, and forget none.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace cachewitness::app {

// roff with the man macros, for man(7) readers such as groff and mandoc. `app` is the whole program with all commands.
[[nodiscard]] std::string man_page(const CLI::App& app);

}  // namespace cachewitness::app
