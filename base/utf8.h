// Decoding UTF-8 that nobody vouches for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hone {

// The number of bytes (1 to 4) of the character that begins at text[at], and its code; 0 where no
// valid character begins: stray, missing or overlong bytes, halves of surrogate pairs, codes above
// U+10FFFF. at < text.size(). Source: RFC 3629.
std::size_t utf8_next(std::string_view text, std::size_t at, char32_t* code);

// Appends the 1 to 4 bytes of `code`, which must be a valid one.
void utf8_append(std::string& text, char32_t code);

// The text with U+FFFD in the place of every byte that belongs to no valid character.
std::string utf8_repaired(std::string_view text);

}  // namespace hone
