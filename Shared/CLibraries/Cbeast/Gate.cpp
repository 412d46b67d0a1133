#include "Gate.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <cstring>
#include <functional>

namespace tidings {

namespace {

// Trailers are read and dropped: none of ours has a meaning.
constexpr int trailers_max = 16;
constexpr std::size_t body_first_reserve_max = 64 * 1024;

bool is_host_character(char c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    return c != 0 && std::strchr("-._~:[]%!$&'()*+;=", c) != nullptr;
}

bool is_target_character(char c) {
    return c > 0x20 && c < 0x7f && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\' && c != '^'
        && c != '`' && c != '{' && c != '}' && c != '|';
}

}  // namespace

Gate::Gate(const cbeast_settings &settings, std::string text, std::vector<cbeast_field> fields)
    : text(std::move(text)), fields(std::move(fields)), settings_(settings) {
    this->text.clear();
    this->fields.clear();
    header_limit(static_cast<std::uint32_t>(settings.header_bytes_max));
    body_limit(settings.body_bytes_max);
    eager(true);
}

std::size_t Gate::take(const char *bytes, std::size_t count, error_code &ec) {
    first_ = bytes;
    last_ = bytes + count;
    return put(boost::asio::const_buffer(bytes, count), ec);
}

bool Gate::is_method(const char *name) const {
    return string_view(text.data() + method.start, method.count) == name;
}

cbeast_refusal Gate::refusal_for(error_code ec) const {
    if (refusal != CBEAST_REFUSAL_NONE) return refusal;
    if (ec == http::error::body_limit) return CBEAST_REFUSAL_BODY_TOO_LARGE;
    if (ec == http::error::header_limit)
        return line_seen ? CBEAST_REFUSAL_HEADERS_TOO_LARGE : CBEAST_REFUSAL_TARGET_TOO_LONG;
    if (ec == http::error::bad_version)
        return names_version() ? CBEAST_REFUSAL_VERSION : CBEAST_REFUSAL_MALFORMED;
    if (ec == http::error::bad_content_length || ec == http::error::bad_transfer_encoding
        || ec == http::error::bad_chunk || ec == http::error::bad_chunk_extension)
        return CBEAST_REFUSAL_FRAMING;
    return CBEAST_REFUSAL_MALFORMED;
}

/// Beast says "bad version" of anything odd after the target, a bare line feed included.
bool Gate::names_version() const {
    static const char tail[] = " HTTP/d.d\r\n";
    constexpr std::ptrdiff_t length = sizeof tail - 1;
    const char *end = std::find(first_, last_, '\n');
    if (end == last_ || end + 1 - first_ < length) return false;
    const char *start = end + 1 - length;
    for (std::ptrdiff_t index = 0; index < length; index++) {
        bool is_digit = start[index] >= '0' && start[index] <= '9';
        if (tail[index] == 'd' ? !is_digit : start[index] != tail[index]) return false;
    }
    return true;
}

void Gate::refuse(cbeast_refusal why, error_code &ec) {
    refusal = why;
    ec = http::error::bad_field;
}

Gate::Piece Gate::keep(string_view piece) {
    Piece kept{static_cast<uint32_t>(text.size()), static_cast<uint32_t>(piece.size())};
    text.append(piece.data(), piece.size());
    return kept;
}

void Gate::on_request_impl(
    http::verb, string_view method_text, string_view target_text, int http_version, error_code &ec) {
    ec = {};
    line_seen = true;
    version = http_version;
    method = keep(method_text);
    if (target_text.size() > settings_.target_bytes_max) return refuse(CBEAST_REFUSAL_TARGET_TOO_LONG, ec);
    if (!std::all_of(target_text.begin(), target_text.end(), is_target_character))
        return refuse(CBEAST_REFUSAL_MALFORMED, ec);
    target = keep(target_text);
}

void Gate::on_response_impl(int, string_view, int, error_code &ec) { ec = {}; }

void Gate::on_field_impl(http::field field, string_view name, string_view value, error_code &ec) {
    ec = {};
    if (headers_seen) {
        if (++trailers_ > trailers_max) refuse(CBEAST_REFUSAL_HEADERS_TOO_LARGE, ec);
        return;
    }
    if (fields.size() >= settings_.header_count_max) return refuse(CBEAST_REFUSAL_HEADERS_TOO_LARGE, ec);
    if (is_folded(name, value)) return refuse(CBEAST_REFUSAL_MALFORMED, ec);
    check_framing(field, value, ec);
    if (ec) return;
    auto kept_name = keep(name);
    auto kept_value = keep(value);
    fields.push_back({kept_name.start, kept_name.count, kept_value.start, kept_value.count});
}

/// A folded value (RFC 9112, 5.2) is read differently by different readers, and Beast unfolds silently: into
/// a buffer of its own, or, where the first line is empty, by pointing at a later one.
bool Gate::is_folded(string_view name, string_view value) const {
    std::less<const char *> before;
    const char *start = value.data();
    if (before(start, first_) || before(last_, start)) return true;
    const char *name_end = name.data() + name.size();
    return std::find(name_end, start, '\r') != start;
}

void Gate::check_framing(http::field field, string_view value, error_code &ec) {
    if (field == http::field::host) {
        if (++hosts_ > 1 || !std::all_of(value.begin(), value.end(), is_host_character))
            refuse(CBEAST_REFUSAL_MALFORMED, ec);
    } else if (field == http::field::content_length) {
        // Beast takes a list of equal lengths; another reader may take the first, or none.
        auto digit = [](char c) { return c >= '0' && c <= '9'; };
        if (++lengths_ > 1 || value.empty() || !std::all_of(value.begin(), value.end(), digit))
            refuse(CBEAST_REFUSAL_FRAMING, ec);
    } else if (field == http::field::transfer_encoding) {
        // Beast 1.74 lets an unknown coding pass as if there were no body.
        if (++codings_ > 1 || version < 11 || !boost::beast::iequals(value, "chunked"))
            refuse(CBEAST_REFUSAL_FRAMING, ec);
    } else if (field == http::field::expect) {
        if (!boost::beast::iequals(value, "100-continue")) return refuse(CBEAST_REFUSAL_EXPECTATION, ec);
        expects_continue = version >= 11;
    }
}

void Gate::on_header_impl(error_code &ec) {
    ec = {};
    headers_seen = true;
    if (version >= 11 && hosts_ != 1) return refuse(CBEAST_REFUSAL_MALFORMED, ec);
    if (codings_ > 0 && lengths_ > 0) return refuse(CBEAST_REFUSAL_FRAMING, ec);
}

void Gate::on_body_init_impl(boost::optional<std::uint64_t> const &length, error_code &ec) {
    ec = {};
    // What is announced is not yet sent: memory follows the bytes, not the promise.
    if (length) body.reserve(std::min(static_cast<std::size_t>(*length), body_first_reserve_max));
}

std::size_t Gate::on_body_impl(string_view bytes, error_code &ec) {
    ec = {};
    body.append(bytes.data(), bytes.size());
    return bytes.size();
}

void Gate::on_chunk_header_impl(std::uint64_t, string_view extension, error_code &ec) {
    ec = {};
    // Nobody needs them, and 1.74 does not check their quoting.
    if (!extension.empty()) refuse(CBEAST_REFUSAL_FRAMING, ec);
}

std::size_t Gate::on_chunk_body_impl(std::uint64_t, string_view bytes, error_code &ec) {
    return on_body_impl(bytes, ec);
}

void Gate::on_finish_impl(error_code &ec) { ec = {}; }

}  // namespace tidings
