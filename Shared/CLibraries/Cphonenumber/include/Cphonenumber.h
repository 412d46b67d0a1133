#pragma once
#include <stdbool.h>
#include <stddef.h>

// A plain C view of libphonenumber: its own headers cannot be imported into Swift.
#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    TIDINGS_PHONE_OK = 0,
    TIDINGS_PHONE_INVALID_COUNTRY_CODE = 1,
    TIDINGS_PHONE_NOT_A_NUMBER = 2,
    TIDINGS_PHONE_TOO_SHORT = 3,
    TIDINGS_PHONE_TOO_LONG = 4,
    /// Parsed, but no number of that country can look like this.
    TIDINGS_PHONE_NOT_POSSIBLE = 5,
    /// Possible only without its area code.
    TIDINGS_PHONE_LOCAL_ONLY = 6,
} tidings_phone_status;

typedef enum {
    TIDINGS_PHONE_KIND_UNKNOWN = 0,
    TIDINGS_PHONE_KIND_MOBILE = 1,
    TIDINGS_PHONE_KIND_FIXED = 2,
    TIDINGS_PHONE_KIND_FIXED_OR_MOBILE = 3,
    TIDINGS_PHONE_KIND_OTHER = 4,
} tidings_phone_kind;

typedef struct {
    /// With a leading +, NUL-terminated: at most 3 digits of country and 17 of number.
    char e164[24];
    /// Two letters, "001" for numbers of no country, or "" when the number's country is not decidable.
    char region[4];
    int country_code;
    bool is_valid;
    tidings_phone_kind kind;
} tidings_phone_number;

/// `region` is two capital letters, or NULL when the text must begin with +. May be called from any thread.
tidings_phone_status tidings_phone_parse(const char *_Nullable text, size_t count, const char *_Nullable region,
                                         tidings_phone_number *_Nonnull number);

#ifdef __cplusplus
}
#endif
