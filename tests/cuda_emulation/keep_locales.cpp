// For programs that get the address sanitizer by LD_PRELOAD: glibc's lock of locales comes out of
// the sanitizer's start with one reader too few, so that the first one who frees a locale,
// libp11-kit when the process ends, would wait for ever. A process that ends may keep them.
#include <locale.h>

extern "C" void freelocale(locale_t) noexcept {}
