// ikereplay: sends the initiator's side of a capture to a gateway and compares the answers.
#include "tools/common/tool_main.hpp"
#include "tools/ikereplay/run.hpp"

int main(int argc, char** argv) {
    return tool_main<Options>("ikereplay", "Send a capture's IKE requests again and compare the answers",
                              argc, argv, run);
}
