#include "Connection.hpp"

#include <ctime>

namespace tidings {

namespace {
// One look at all deadlines instead of a timer for each connection.
constexpr auto sweep_interval = std::chrono::milliseconds(250);
}  // namespace

uint64_t milliseconds_now() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

Loop::Loop(int index, Server &server) : index(index), server(server), sweep_timer_(io.get_executor()) {}

void Loop::run() {
    schedule_sweep();
    io.run();
    std::vector<Command> left;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        ended_ = true;
        left.swap(commands_);
    }
    for (auto &command : left) {
        Connection *connection = command.exchange->connection.get();
        connection->run(std::move(command));
    }
}

bool Loop::submit(Command &&command) {
    bool was_empty;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (ended_) return false;
        was_empty = commands_.empty();
        commands_.push_back(std::move(command));
    }
    // One wake-up serves all that gather until the loop looks.
    if (was_empty) asio::post(io, [this] { run_commands(); });
    return true;
}

void Loop::run_commands() {
    std::vector<Command> commands;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        commands.swap(commands_);
    }
    for (auto &command : commands) {
        Connection *connection = command.exchange->connection.get();
        connection->run(std::move(command));
    }
}

void Loop::adopt(Socket socket, std::string address, cbeast_refusal refusal) {
    auto connection = std::make_shared<Connection>(*this, std::move(socket), std::move(address));
    connection->start(refusal);
}

void Loop::link(Connection *connection) {
    connection->next = first_;
    if (first_) first_->previous = connection;
    first_ = connection;
}

void Loop::unlink(Connection *connection) {
    if (connection->previous) {
        connection->previous->next = connection->next;
    } else {
        first_ = connection->next;
    }
    if (connection->next) connection->next->previous = connection->previous;
    connection->previous = connection->next = nullptr;
    finish_if_drained();
}

void Loop::schedule_sweep() {
    sweep_timer_.expires_after(sweep_interval);
    sweep_timer_.async_wait([this](error_code ec) {
        if (ec) return;
        sweep();
        if (!draining_ || first_) schedule_sweep();
    });
}

void Loop::sweep() {
    uint64_t now = milliseconds_now();
    bool is_over = now >= drain_deadline_;
    std::vector<std::shared_ptr<Connection>> due;
    for (Connection *connection = first_; connection; connection = connection->next)
        if (is_over || connection->deadline <= now) due.push_back(connection->shared_from_this());
    for (auto &connection : due) {
        if (is_over) {
            connection->close();
        } else {
            connection->expire();
        }
    }
}

void Loop::begin_drain(uint64_t deadline) {
    draining_ = true;
    drain_deadline_ = deadline;
    std::vector<std::shared_ptr<Connection>> open;
    for (Connection *connection = first_; connection; connection = connection->next)
        open.push_back(connection->shared_from_this());
    for (auto &connection : open) connection->begin_drain();
    if (milliseconds_now() >= deadline) sweep();
    finish_if_drained();
}

void Loop::finish_if_drained() {
    if (draining_ && !first_) sweep_timer_.cancel();
}

const char *Loop::date() {
    time_t now = time(nullptr);
    if (now != date_second_) {
        date_second_ = now;
        tm parts;
        gmtime_r(&now, &parts);
        strftime(date_, sizeof date_, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    }
    return date_;
}

}  // namespace tidings
