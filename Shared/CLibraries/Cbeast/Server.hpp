// A server is a set of loops: each a thread, an io_context and the connections that live on it.
#pragma once
#include "Cbeast.h"

#include <boost/asio.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tidings {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using error_code = boost::system::error_code;
// The concrete executor instead of the type-erased default: no allocation for each operation.
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
using Timer = asio::basic_waitable_timer<
    std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, asio::io_context::executor_type>;

class Connection;
class Server;

constexpr uint64_t never = UINT64_MAX;

/// Milliseconds of the monotonic clock, good to about 4 ms.
uint64_t milliseconds_now();

/// What another thread wants done on a loop.
struct Command {
    enum class Kind { respond, abandon, stream_start, stream_chunk, stream_wait, stream_end };
    Kind kind;
    cbeast_exchange *exchange;
    int status = 0;
    bool ends_on_drain = false;
    long low = 0;
    std::string head, body;
    void (*resume)(void *) = nullptr;
    void *context = nullptr;
};

class Loop {
public:
    const int index;
    Server &server;
    asio::io_context io{1};

    Loop(int index, Server &server);

    /// False once the loop has ended; the command is then untouched.
    bool submit(Command &&command);
    void adopt(Socket socket, std::string address, cbeast_refusal refusal);
    void begin_drain(uint64_t deadline);
    bool is_draining() const { return draining_; }
    void run();
    /// "Sat, 21 Nov 2026 00:00:00 GMT", made once a second.
    const char *date();

    void link(Connection *connection);
    void unlink(Connection *connection);

private:
    Timer sweep_timer_;
    Connection *first_ = nullptr;
    bool draining_ = false;
    uint64_t drain_deadline_ = never;
    char date_[40] = {};
    time_t date_second_ = 0;

    std::mutex mutex_;
    std::vector<Command> commands_;  // guarded by mutex_
    bool ended_ = false;             // guarded by mutex_

    void schedule_sweep();
    void sweep();
    void run_commands();
    void finish_if_drained();
};

class Server : public std::enable_shared_from_this<Server> {
public:
    cbeast_settings settings;
    std::atomic<size_t> bodies_bytes{0};

    explicit Server(const cbeast_settings &settings) : settings(settings) {}

    /// Empty, or why it cannot listen.
    std::string start();
    int port() const { return port_; }
    size_t connections() const { return connections_.load(); }
    void drain(uint64_t limit);
    void closed(const std::string &address, bool was_refused);

private:
    std::vector<std::unique_ptr<Loop>> loops_;
    std::optional<Acceptor> acceptor_;
    std::optional<Timer> accept_pause_;
    size_t next_loop_ = 0;
    int port_ = 0;
    std::atomic<bool> draining_{false};
    std::atomic<int> loops_running_{0};
    std::atomic<size_t> connections_{0};
    std::atomic<size_t> refused_{0};
    std::mutex mutex_;
    std::unordered_map<std::string, size_t> connections_of_;  // guarded by mutex_

    std::string listen();
    void start_threads();
    void accept_next();
    void admit(Socket socket, Loop &loop);
    cbeast_refusal admission(const std::string &address);
    void accept_backlog();
};

/// The part of an address that is counted: an IPv6 host has a whole /64 to itself.
std::string address_counted(const std::string &address);

}  // namespace tidings
