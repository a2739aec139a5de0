// ikedump: shows the IKE and ESP traffic of a capture, decrypted where keys are at hand.
#include "tools/common/tool_main.hpp"
#include "tools/ikedump/options.hpp"
#include "tools/ikedump/run.hpp"

int main(int argc, char** argv) {
    return tool_main<Options>("ikedump", "Show the IKEv2 and ESP traffic of a capture", argc, argv,
                              [](const Options& options) { return run(options, stdout); });
}
