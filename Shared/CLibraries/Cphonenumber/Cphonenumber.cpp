#include "Cphonenumber.h"

#include <cstring>
#include <string>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include <phonenumbers/phonenumberutil.h>
#pragma clang diagnostic pop

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

tidings_phone_status status_of(PhoneNumberUtil::ErrorType error) {
    switch (error) {
    case PhoneNumberUtil::NO_PARSING_ERROR: return TIDINGS_PHONE_OK;
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR: return TIDINGS_PHONE_INVALID_COUNTRY_CODE;
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN: return TIDINGS_PHONE_TOO_SHORT;
    case PhoneNumberUtil::TOO_LONG_NSN: return TIDINGS_PHONE_TOO_LONG;
    default: return TIDINGS_PHONE_NOT_A_NUMBER;
    }
}

tidings_phone_status status_of(PhoneNumberUtil::ValidationResult possible) {
    switch (possible) {
    case PhoneNumberUtil::IS_POSSIBLE: return TIDINGS_PHONE_OK;
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY: return TIDINGS_PHONE_LOCAL_ONLY;
    case PhoneNumberUtil::INVALID_COUNTRY_CODE: return TIDINGS_PHONE_INVALID_COUNTRY_CODE;
    case PhoneNumberUtil::TOO_SHORT: return TIDINGS_PHONE_TOO_SHORT;
    case PhoneNumberUtil::TOO_LONG: return TIDINGS_PHONE_TOO_LONG;
    default: return TIDINGS_PHONE_NOT_POSSIBLE;
    }
}

tidings_phone_kind kind_of(PhoneNumberUtil::PhoneNumberType type) {
    switch (type) {
    case PhoneNumberUtil::MOBILE: return TIDINGS_PHONE_KIND_MOBILE;
    case PhoneNumberUtil::FIXED_LINE: return TIDINGS_PHONE_KIND_FIXED;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE: return TIDINGS_PHONE_KIND_FIXED_OR_MOBILE;
    case PhoneNumberUtil::UNKNOWN: return TIDINGS_PHONE_KIND_UNKNOWN;
    default: return TIDINGS_PHONE_KIND_OTHER;
    }
}

template <size_t capacity> bool copy(const std::string &text, char (&target)[capacity]) {
    if (text.size() >= capacity) return false;
    memcpy(target, text.c_str(), text.size() + 1);
    return true;
}

}  // namespace

tidings_phone_status tidings_phone_parse(const char *text, size_t count, const char *region,
                                         tidings_phone_number *number) {
    memset(number, 0, sizeof *number);
    try {
        const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
        PhoneNumber parsed;
        auto error = util.Parse(std::string(text ? text : "", count), region ? region : "ZZ", &parsed);
        if (error != PhoneNumberUtil::NO_PARSING_ERROR) return status_of(error);
        auto status = status_of(util.IsPossibleNumberWithReason(parsed));
        if (status != TIDINGS_PHONE_OK) return status;
        std::string e164, code;
        util.Format(parsed, PhoneNumberUtil::E164, &e164);
        util.GetRegionCodeForNumber(parsed, &code);
        if (code == "ZZ") code.clear();
        if (!copy(e164, number->e164)) return TIDINGS_PHONE_TOO_LONG;
        copy(code, number->region);
        number->country_code = parsed.country_code();
        // A number is valid when some kind of number of its region has its pattern: IsValidNumber would match all of
        // those patterns a second time, which is a quarter of the whole cost.
        auto type = util.GetNumberType(parsed);
        number->is_valid = type != PhoneNumberUtil::UNKNOWN;
        number->kind = kind_of(type);
        return TIDINGS_PHONE_OK;
    } catch (...) {
        // Only memory can run out here; a C++ exception must not pass into Swift.
        return TIDINGS_PHONE_NOT_A_NUMBER;
    }
}
