// ikectl: brings up tunnels, answers those who want one, and plays scenarios.
#include "tools/common/tool_main.hpp"
#include "tools/ikectl/connect.hpp"
#include "tools/ikectl/options.hpp"
#include "tools/ikectl/run.hpp"
#include "tools/ikectl/serve.hpp"
#include "tools/ikectl/status.hpp"

namespace {

ike::Result<int> dispatch(const Options& options) {
    switch (options.command) {
        case Command::connect:
            return connect(options);
        case Command::serve:
            return serve(options);
        case Command::status:
            return ask_status(options);
        case Command::run:
            return run(options);
    }
    return exit_usage;
}

}  // namespace

int main(int argc, char** argv) {
    return tool_main<Options>("ikectl", "Bring up IKEv2 tunnels, answer them, and play scenarios", argc, argv,
                              dispatch);
}
