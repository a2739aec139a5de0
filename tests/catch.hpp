#pragma once
// Catch2 v2 is one header (Debian 12), v3 several (Debian 13). Tests include this and see either.
#ifdef IKE_CATCH_V3
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
