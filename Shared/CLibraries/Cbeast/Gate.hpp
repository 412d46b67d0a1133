// What a request must be before a handler sees it: Beast's parser, and the checks Beast 1.74 does not make.
#pragma once
#include "Cbeast.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <string>
#include <vector>

namespace tidings {

namespace http = boost::beast::http;
using error_code = boost::beast::error_code;
using string_view = boost::beast::string_view;

/// Keeps names and values in one string: no allocation for each header.
class Gate : public http::basic_parser<true> {
public:
    struct Piece {
        uint32_t start = 0, count = 0;
    };

    std::string text;
    std::vector<cbeast_field> fields;
    std::string body;
    Piece method, target;
    int version = 11;
    bool expects_continue = false;
    bool line_seen = false;
    bool headers_seen = false;
    cbeast_refusal refusal = CBEAST_REFUSAL_NONE;

    /// The two buffers may be those of the connection's last request.
    Gate(const cbeast_settings &settings, std::string text, std::vector<cbeast_field> fields);

    /// As `put`, with the bounds of the bytes known, so that a value Beast had to unfold elsewhere is
    /// noticed.
    std::size_t take(const char *bytes, std::size_t count, error_code &ec);
    cbeast_refusal refusal_for(error_code ec) const;
    bool is_method(const char *name) const;

protected:
    void on_request_impl(
        http::verb, string_view method, string_view target, int version, error_code &ec) override;
    void on_response_impl(int, string_view, int, error_code &ec) override;
    void on_field_impl(http::field field, string_view name, string_view value, error_code &ec) override;
    void on_header_impl(error_code &ec) override;
    void on_body_init_impl(boost::optional<std::uint64_t> const &length, error_code &ec) override;
    std::size_t on_body_impl(string_view bytes, error_code &ec) override;
    void on_chunk_header_impl(std::uint64_t size, string_view extension, error_code &ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code &ec) override;
    void on_finish_impl(error_code &ec) override;

private:
    const cbeast_settings &settings_;
    const char *first_ = nullptr;
    const char *last_ = nullptr;
    int hosts_ = 0, lengths_ = 0, codings_ = 0, trailers_ = 0;

    bool names_version() const;
    void refuse(cbeast_refusal why, error_code &ec);
    Piece keep(string_view piece);
    bool is_folded(string_view name, string_view value) const;
    void check_framing(http::field field, string_view value, error_code &ec);
};

}  // namespace tidings
