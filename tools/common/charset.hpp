#pragma once
// What a terminal can show.
#include "libike/render/ladder.hpp"

/// Unicode where the first of LC_ALL, LC_CTYPE and LANG that is set names UTF-8.
ike::Charset charset_of_locale();
