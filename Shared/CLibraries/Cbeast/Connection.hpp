// One client: reads a request, hands it over, writes the answer, and so on until either side has had enough.
#pragma once
#include "Gate.hpp"
#include "Server.hpp"

namespace tidings {

struct Waiter {
    long low;
    void (*resume)(void *);
    void *context;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection *previous = nullptr, *next = nullptr;  // the loop's list
    uint64_t deadline = never;

    Connection(Loop &loop, Socket socket, std::string address);
    ~Connection();

    Loop &loop() { return loop_; }
    void start(cbeast_refusal refusal);
    /// The deadline has passed.
    void expire();
    /// Closes what is idle, and tells event streams to end.
    void begin_drain();
    void close();

    void run(Command &&command);

private:
    enum class State { reading, handling, writing, streaming, lingering, closed };

    Loop &loop_;
    Server &server_;
    const cbeast_settings &settings_;
    std::shared_ptr<Server> keeps_server_;
    Socket socket_;
    std::string address_;
    std::optional<Gate> gate_;
    State state_ = State::reading;
    cbeast_exchange *exchange_ = nullptr;

    std::vector<char> input_;
    size_t input_start_ = 0, input_end_ = 0;
    size_t header_bytes_ = 0;   // of the request being read
    size_t body_charged_ = 0;   // counted in Server::bodies_bytes
    uint64_t body_since_ = 0;
    uint64_t requests_ = 0;
    bool read_pending_ = false, write_pending_ = false;
    bool continued_ = false, keep_alive_ = true, was_refused_ = false;
    bool chunked_ = false, stream_ended_ = false;

    std::string output_;
    size_t output_start_ = 0;

    bool has_input() const { return input_end_ > input_start_; }
    bool request_begun() const { return has_input() || gate_->line_seen; }

    void read();
    void on_read(error_code ec, size_t count);
    void consume(size_t fresh);
    bool has_bare_line_feed(size_t fresh) const;
    bool within_limits();
    void set_reading_deadline();
    bool charge_body();
    void discharge_body();
    void answer_expectation();
    void hand_over();
    void refuse(cbeast_refusal refusal);
    void next_request();

    void write_head(int status, const std::string &head);
    void respond(Command &command);
    void stream_start(Command &command);
    void stream_chunk(const std::string &bytes);
    void stream_end();
    void release_exchange();
    void flush();
    void wait_writable();
    void on_flushed();
    void linger();
};

}  // namespace tidings

struct cbeast_exchange {
    explicit cbeast_exchange(std::shared_ptr<tidings::Connection> owner) : connection(std::move(owner)) {}

    std::shared_ptr<tidings::Connection> connection;
    std::atomic<long> waiting{0};
    std::atomic<bool> shut{false};  // nothing more can be written
    bool ends_on_drain = false;
    std::vector<tidings::Waiter> waiters;  // the loop's alone

    void wake();
    void shut_down();
};
