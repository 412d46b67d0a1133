#include "Connection.hpp"

namespace tidings {

namespace {
constexpr size_t input_first = 4 * 1024;
constexpr size_t input_max_least = 8 * 1024;
// A body that did not come with its headers is read in larger pieces.
constexpr size_t input_for_body = 32 * 1024;
// A new connection may have its request on the way when the drain begins.
constexpr uint64_t drain_first_request_ms = 1'000;
constexpr uint64_t drain_linger_ms = 500;
}  // namespace

Connection::Connection(Loop &loop, Socket socket, std::string address)
    : loop_(loop), server_(loop.server), settings_(server_.settings),
      keeps_server_(server_.shared_from_this()), socket_(std::move(socket)), address_(std::move(address)),
      input_(input_first) {
    gate_.emplace(settings_, std::string(), std::vector<cbeast_field>());
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
}

Connection::~Connection() = default;

void Connection::start(cbeast_refusal refusal) {
    loop_.link(this);
    deadline = milliseconds_now() + settings_.header_ms;
    if (refusal == CBEAST_REFUSAL_NONE) return read();
    was_refused_ = true;
    refuse(refusal);
}

void Connection::close() {
    if (state_ == State::closed) return;
    auto self = shared_from_this();
    state_ = State::closed;
    if (exchange_) exchange_->shut_down();
    exchange_ = nullptr;
    discharge_body();
    // Before the client can know, so that its next connection finds the place free.
    server_.closed(address_, was_refused_);
    error_code ignored;
    socket_.close(ignored);
    loop_.unlink(this);
}

void Connection::expire() {
    // Whoever has begun a request is told; a silent connection is simply closed.
    if (state_ == State::reading && request_begun()) return refuse(CBEAST_REFUSAL_TOO_SLOW);
    close();
}

void Connection::begin_drain() {
    if (state_ == State::streaming && exchange_ && exchange_->ends_on_drain) return exchange_->shut_down();
    if (state_ == State::lingering) deadline = std::min(deadline, milliseconds_now() + drain_linger_ms);
    if (state_ != State::reading || request_begun()) return;
    error_code ignored;
    if (socket_.available(ignored) > 0) return;
    if (requests_ == 0) {
        deadline = std::min(deadline, milliseconds_now() + drain_first_request_ms);
    } else {
        close();
    }
}

// Reading

void Connection::read() {
    if (read_pending_ || state_ == State::closed) return;
    if (input_start_ > 0) {
        std::copy(input_.begin() + input_start_, input_.begin() + input_end_, input_.begin());
        input_end_ -= input_start_;
        input_start_ = 0;
    }
    bool in_body = state_ == State::reading && gate_->headers_seen;
    if (in_body && input_.size() < input_for_body) input_.resize(input_for_body);
    if (input_end_ == input_.size()) {
        // The gate cannot go on without more, and more there may not be: a line longer than any may be.
        size_t most = std::max(settings_.header_bytes_max, input_max_least);
        if (input_.size() >= most)
            return refuse(
                gate_->headers_seen ? CBEAST_REFUSAL_FRAMING
                : gate_->line_seen  ? CBEAST_REFUSAL_HEADERS_TOO_LARGE
                                    : CBEAST_REFUSAL_TARGET_TOO_LONG);
        input_.resize(std::min(input_.size() * 2, most));
    }
    read_pending_ = true;
    socket_.async_read_some(
        asio::buffer(input_.data() + input_end_, input_.size() - input_end_),
        [self = shared_from_this()](error_code ec, size_t count) { self->on_read(ec, count); });
}

void Connection::on_read(error_code ec, size_t count) {
    read_pending_ = false;
    if (state_ == State::closed) return;
    if (ec) return close();
    // Nothing sent during a stream or after the last answer means anything: it is read only to see the end.
    if (state_ == State::streaming || state_ == State::lingering) return read();
    if (!request_begun()) deadline = milliseconds_now() + settings_.header_ms;
    input_end_ += count;
    if (state_ == State::reading) consume(count);
}

/// `fresh` is how much of the input the gate has not seen before.
void Connection::consume(size_t fresh) {
    while (state_ == State::reading && has_input()) {
        error_code ec;
        bool in_headers = !gate_->headers_seen;
        size_t used = gate_->take(input_.data() + input_start_, input_end_ - input_start_, ec);
        input_start_ += used;
        if (in_headers) header_bytes_ += gate_->headers_seen ? 0 : used;
        bool needs_more = ec == http::error::need_more;
        if (ec && !needs_more) return refuse(gate_->refusal_for(ec));
        if (!within_limits()) return;
        if (needs_more && has_bare_line_feed(fresh)) return refuse(CBEAST_REFUSAL_MALFORMED);
        if (gate_->is_done()) return hand_over();
        if (needs_more || used == 0) break;
    }
    if (state_ != State::reading) return;
    set_reading_deadline();
    answer_expectation();
    read();
}

/// Beast waits for the empty line that ends the headers before it looks at them again. A client that ends
/// lines with a bare line feed never sends one that counts, and need not wait for the deadline to be told.
bool Connection::has_bare_line_feed(size_t fresh) const {
    if (gate_->headers_seen) return false;
    size_t first = input_end_ - std::min(fresh, input_end_ - input_start_);
    for (size_t index = first; index < input_end_; index++) {
        if (input_[index] == '\n' && (index == input_start_ || input_[index - 1] != '\r')) return true;
    }
    return false;
}

bool Connection::within_limits() {
    if (!gate_->headers_seen && header_bytes_ + (input_end_ - input_start_) > settings_.header_bytes_max) {
        refuse(gate_->line_seen ? CBEAST_REFUSAL_HEADERS_TOO_LARGE : CBEAST_REFUSAL_TARGET_TOO_LONG);
        return false;
    }
    // A request line that is already too long is refused before its end is seen.
    if (!gate_->line_seen && input_end_ - input_start_ > settings_.target_bytes_max + 64) {
        refuse(CBEAST_REFUSAL_TARGET_TOO_LONG);
        return false;
    }
    return charge_body();
}

bool Connection::charge_body() {
    size_t size = gate_->body.size();
    if (size > body_charged_) {
        size_t all = server_.bodies_bytes += size - body_charged_;
        body_charged_ = size;
        if (all > settings_.bodies_bytes_max) {
            refuse(CBEAST_REFUSAL_BODIES_IN_MEMORY);
            return false;
        }
    }
    return true;
}

void Connection::discharge_body() {
    server_.bodies_bytes -= body_charged_;
    body_charged_ = 0;
}

/// One deadline for all headers, then one for the whole body that grows with what has come: dribbling gains
/// nothing.
void Connection::set_reading_deadline() {
    if (!gate_->headers_seen) return;
    if (body_since_ == 0) body_since_ = milliseconds_now();
    uint64_t bytes_per_second = std::max<uint64_t>(1, settings_.body_bytes_per_second_min);
    uint64_t allowance = gate_->body.size() * 1'000 / bytes_per_second;
    deadline = body_since_ + settings_.body_ms + allowance;
}

void Connection::answer_expectation() {
    if (!gate_->headers_seen || !gate_->expects_continue || continued_ || !gate_->body.empty()) return;
    continued_ = true;
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code ignored;
    socket_.write_some(asio::buffer(line, sizeof line - 1), ignored);
}

void Connection::hand_over() {
    state_ = State::handling;
    deadline = never;
    requests_ += 1;
    keep_alive_ = gate_->keep_alive();
    auto piece = [&](Gate::Piece p) { return cbeast_text{gate_->text.data() + p.start, p.count}; };
    exchange_ = new cbeast_exchange(shared_from_this());
    cbeast_request request{};
    request.exchange = exchange_;
    request.method = piece(gate_->method);
    request.target = piece(gate_->target);
    request.field_text = {gate_->text.data(), gate_->text.size()};
    request.fields = gate_->fields.data();
    request.field_count = gate_->fields.size();
    request.body = {gate_->body.data(), gate_->body.size()};
    request.remote_address = address_.c_str();
    settings_.on_request(settings_.context, &request);
    // The handler has its own copy now, which stays charged until it has answered.
    std::string().swap(gate_->body);
}

void Connection::refuse(cbeast_refusal refusal) {
    state_ = State::handling;
    deadline = never;
    keep_alive_ = false;
    exchange_ = new cbeast_exchange(shared_from_this());
    cbeast_request request{};
    request.exchange = exchange_;
    request.refusal = refusal;
    request.remote_address = address_.c_str();
    settings_.on_request(settings_.context, &request);
}

void Connection::next_request() {
    std::string text = std::move(gate_->text);
    std::vector<cbeast_field> fields = std::move(gate_->fields);
    gate_.emplace(settings_, std::move(text), std::move(fields));
    discharge_body();
    header_bytes_ = 0;
    body_since_ = 0;
    continued_ = false;
    if (!has_input()) input_start_ = input_end_ = 0;
    if (!has_input() && input_.size() > input_first) std::vector<char>(input_first).swap(input_);
    state_ = State::reading;
    deadline = milliseconds_now() + (has_input() ? settings_.header_ms : settings_.keep_alive_ms);
    if (has_input()) {
        consume(input_end_ - input_start_);
    } else {
        read();
    }
}

void Connection::linger() {
    // Closing with unread input makes the kernel send a reset, which may overtake our answer.
    state_ = State::lingering;
    uint64_t most = loop_.is_draining() ? drain_linger_ms : never;
    deadline = milliseconds_now() + std::min(most, settings_.linger_ms);
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    input_start_ = input_end_ = 0;
    read();
}

void Connection::release_exchange() { exchange_ = nullptr; }

}  // namespace tidings
