// ikebench: how long moves take, and what they cost the data, as a distribution.
#include "tools/common/tool_main.hpp"
#include "tools/ikebench/run.hpp"

int main(int argc, char** argv) {
    return tool_main<Options>("ikebench", "Measure an IKE gateway, or our own", argc, argv, run);
}
