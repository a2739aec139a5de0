#pragma once
// Wireshark's names for algorithms in its tables of keys, and the tables' rows. Names are those of
// Wireshark 4.0; rows of other versions and of strongSwan's save-keys are read as well.
#include "libike/sa/key_log.hpp"

namespace ike {

/// A row of ikev2_decryption_table (8 columns) or esp_sa (8, with ESN 10), told apart by the first column.
Result<KeyRecord> parse_wireshark_row(std::string_view line);

}  // namespace ike
