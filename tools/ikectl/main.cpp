// ikectl: brings up tunnels, answers those who want one, and plays scenarios.
#include <CLI/CLI.hpp>

#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
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
    CLI::App app{"Bring up IKEv2 tunnels, answer them, and play scenarios"};
    Options options;
    declare(app, options);
    try {
        app.parse(argc, argv);
        if (const auto why = contradiction(options))
            throw CLI::ValidationError{*why, CLI::ExitCodes::ValidationError};
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? exit_ok : exit_usage;
    }
    return report("ikectl", dispatch(options));
}
