// The writing half of a connection.
#include "Connection.hpp"

#include <algorithm>
#include <cstdio>

namespace tidings {

namespace {

// What a stream's output may hold of already sent bytes before it is moved to the front.
constexpr size_t sent_kept_max = 64 * 1024;

const char *reason(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 206: return "Partial Content";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 307: return "Temporary Redirect";
        case 308: return "Permanent Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 422: return "Unprocessable Content";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "Status";
    }
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

/// On the loop's thread. An exchange whose connection has gone meanwhile is only given back.
void Connection::run(Command &&command) {
    auto self = shared_from_this();
    cbeast_exchange *exchange = command.exchange;
    bool current = exchange_ == exchange && state_ != State::closed;
    switch (command.kind) {
        case Command::Kind::respond:
            if (current && state_ == State::handling) {
                release_exchange();
                respond(command);
            }
            delete exchange;
            break;
        case Command::Kind::abandon:
            if (current) {
                // The peer learns of it even while a child of ours holds a copy of the descriptor.
                error_code ignored;
                socket_.shutdown(Socket::shutdown_both, ignored);
                close();
            }
            delete exchange;
            break;
        case Command::Kind::stream_start:
            if (current && state_ == State::handling) stream_start(command);
            break;
        case Command::Kind::stream_chunk:
            if (current && state_ == State::streaming) stream_chunk(command.body);
            break;
        case Command::Kind::stream_wait:
            exchange->waiters.push_back({command.low, command.resume, command.context});
            exchange->wake();
            break;
        case Command::Kind::stream_end:
            exchange->shut_down();
            if (current && state_ == State::streaming) stream_end();
            if (exchange_ == exchange) release_exchange();
            delete exchange;
            break;
    }
}

void Connection::write_head(int status, const std::string &head) {
    if (loop_.is_draining()) keep_alive_ = false;
    char line[128];
    int count = std::snprintf(
        line, sizeof line, "HTTP/1.1 %d %s\r\nDate: %s\r\n", status, reason(status), loop_.date());
    output_.append(line, static_cast<size_t>(count));
    output_.append(head);
    if (!keep_alive_) {
        output_.append("Connection: close\r\n");
    } else if (gate_->version < 11) {
        output_.append("Connection: keep-alive\r\n");
    }
}

void Connection::respond(Command &command) {
    write_head(command.status, command.head);
    if (!has_no_body(command.status)) {
        char line[48];
        int count = std::snprintf(line, sizeof line, "Content-Length: %zu\r\n", command.body.size());
        output_.append(line, static_cast<size_t>(count));
    }
    output_.append("\r\n");
    if (!has_no_body(command.status) && !gate_->is_method("HEAD")) output_.append(command.body);
    state_ = State::writing;
    deadline = milliseconds_now() + settings_.write_stall_ms;
    flush();
}

void Connection::stream_start(Command &command) {
    state_ = State::streaming;
    exchange_->ends_on_drain = command.ends_on_drain;
    // The client may send what it likes meanwhile, so the connection ends with the stream.
    keep_alive_ = false;
    chunked_ = gate_->version >= 11;
    write_head(command.status, command.head);
    output_.append(chunked_ ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
    exchange_->waiting += static_cast<long>(output_.size());
    deadline = milliseconds_now() + settings_.write_stall_ms;
    input_start_ = input_end_ = 0;
    if (loop_.is_draining() && command.ends_on_drain) exchange_->shut_down();
    flush();
    if (state_ == State::streaming) read();
}

/// The bytes themselves were counted by the writer, the framing is counted here.
void Connection::stream_chunk(const std::string &bytes) {
    size_t before = output_.size();
    if (before == output_start_) deadline = milliseconds_now() + settings_.write_stall_ms;
    if (chunked_) {
        char line[24];
        int count = std::snprintf(line, sizeof line, "%zx\r\n", bytes.size());
        output_.append(line, static_cast<size_t>(count));
    }
    output_.append(bytes);
    if (chunked_) output_.append("\r\n");
    exchange_->waiting += static_cast<long>(output_.size() - before - bytes.size());
    flush();
}

void Connection::stream_end() {
    if (chunked_) output_.append("0\r\n\r\n");
    release_exchange();
    stream_ended_ = true;
    deadline = milliseconds_now() + settings_.write_stall_ms;
    flush();
}

void Connection::flush() {
    if (write_pending_ || state_ == State::closed) return;
    error_code ec;
    size_t sent = 0;
    while (output_start_ < output_.size()) {
        size_t count = socket_.write_some(
            asio::buffer(output_.data() + output_start_, output_.size() - output_start_), ec);
        if (ec) break;
        output_start_ += count;
        sent += count;
    }
    if (sent > 0) deadline = milliseconds_now() + settings_.write_stall_ms;
    bool is_full = ec == asio::error::would_block || ec == asio::error::try_again;
    if (ec && !is_full) return close();
    if (output_start_ == output_.size() || output_start_ > sent_kept_max) {
        output_.erase(0, output_start_);
        output_start_ = 0;
    }
    if (sent > 0 && state_ == State::streaming && exchange_) {
        exchange_->waiting -= static_cast<long>(sent);
        exchange_->wake();
    }
    if (is_full) return wait_writable();
    on_flushed();
}

void Connection::wait_writable() {
    write_pending_ = true;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code ec) {
        self->write_pending_ = false;
        if (ec) return self->close();
        self->flush();
    });
}

void Connection::on_flushed() {
    // A large answer leaves no large buffer behind.
    if (output_.capacity() > sent_kept_max) std::string().swap(output_);
    if (state_ == State::streaming) {
        deadline = never;
        if (stream_ended_) linger();
    } else if (state_ == State::writing) {
        if (keep_alive_) {
            next_request();
        } else {
            linger();
        }
    }
}

}  // namespace tidings

void cbeast_exchange::wake() {
    std::vector<tidings::Waiter> ready;
    auto is_waiting = [&](const tidings::Waiter &w) { return !shut && (w.low < 0 || waiting > w.low); };
    auto split = std::partition(waiters.begin(), waiters.end(), is_waiting);
    ready.assign(split, waiters.end());
    waiters.erase(split, waiters.end());
    for (auto &waiter : ready) waiter.resume(waiter.context);
}

void cbeast_exchange::shut_down() {
    shut = true;
    wake();
}
