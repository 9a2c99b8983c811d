// UTF-8, and which characters must not reach a terminal or a page as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// The code point that begins at byte `at` < text.size(). Invalid ones (bad continuation, overlong,
// surrogate, beyond U+10FFFF) take one byte.
CodePoint decode_utf8(std::string_view text, std::size_t at);
bool is_utf8(std::string_view text);

// Appends the 1 to 4 bytes of a valid code point.
void append_utf8(std::string& text, std::uint32_t code_point);
// The text with U+FFFD in the place of every byte that belongs to no valid code point.
std::string repair_utf8(std::string_view text);

// C0 and C1 controls, DEL, what breaks a line or turns the reading direction unseen (U+2028,
// U+2029, U+200E, U+200F and the bidirectional overrides and isolates), and noncharacters.
bool is_control(std::uint32_t code_point);

// `text` as text or as a quoted attribute value of HTML, XML and SVG. Controls and invalid UTF-8
// become U+FFFD; \n and \t stay.
std::string escape_xml(std::string_view text);

}  // namespace hone
