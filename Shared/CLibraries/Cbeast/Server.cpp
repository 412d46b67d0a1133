#include "Connection.hpp"

#include <csignal>
#include <pthread.h>
#include <thread>

namespace tidings {

namespace {

constexpr int backlog = 1'024;
// Connections over a limit that are told so at the same time; further ones are just closed.
constexpr size_t refused_max = 64;
// Out of file descriptors, accept fails at once again and again.
constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr uint64_t drain_max_ms = 24ull * 3'600 * 1'000;

/// Signals are the business of the process, not of these threads.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

}  // namespace

std::string address_counted(const std::string &address) {
    error_code ec;
    auto ip = asio::ip::make_address(address, ec);
    if (ec || ip.is_v4() || ip.to_v6().is_v4_mapped()) return address;
    auto bytes = ip.to_v6().to_bytes();
    return std::string(bytes.begin(), bytes.begin() + 8);
}

std::string Server::start() {
    for (int index = 0; index < std::max(1, settings.loops); index++)
        loops_.push_back(std::make_unique<Loop>(index, *this));
    std::string problem = listen();
    if (!problem.empty()) return problem;
    start_threads();
    return {};
}

/// One acceptor hands sockets to the loops in turn. An acceptor for each loop would need SO_REUSEPORT, with
/// which a second process can silently take a share of the traffic.
std::string Server::listen() {
    std::string where = std::string(settings.address) + ":" + std::to_string(settings.port);
    error_code ec;
    auto ip = asio::ip::make_address(settings.address, ec);
    if (ec) return "not an IP address to listen on: " + std::string(settings.address);
    if (settings.port < 0 || settings.port > 65'535) return "not a port: " + std::to_string(settings.port);
    tcp::endpoint endpoint(ip, static_cast<unsigned short>(settings.port));
    acceptor_.emplace(loops_[0]->io.get_executor());
    accept_pause_.emplace(loops_[0]->io.get_executor());
    acceptor_->open(endpoint.protocol(), ec);
    if (!ec) acceptor_->set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec && settings.share_port) {
        int on = 1;
        if (setsockopt(acceptor_->native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
            ec.assign(errno, boost::system::system_category());
    }
    if (!ec) acceptor_->bind(endpoint, ec);
    if (!ec) acceptor_->listen(backlog, ec);
    if (!ec) acceptor_->non_blocking(true, ec);
    if (ec == asio::error::address_in_use) return where + " is in use by another process";
    if (ec) return "cannot listen on " + where + ": " + ec.message();
    port_ = acceptor_->local_endpoint(ec).port();
    return {};
}

void Server::start_threads() {
    SignalsBlocked blocked;
    loops_running_ = static_cast<int>(loops_.size());
    accept_next();
    for (auto &each : loops_) {
        Loop *loop = each.get();
        std::thread thread([self = shared_from_this(), loop] {
            std::string name = "http-" + std::to_string(loop->index);
            pthread_setname_np(pthread_self(), name.c_str());
            loop->run();
            if (--self->loops_running_ == 0) self->settings.on_end(self->settings.context);
        });
        thread.detach();
    }
}

void Server::accept_next() {
    Loop &loop = *loops_[next_loop_++ % loops_.size()];
    acceptor_->async_accept(loop.io, [this, &loop](error_code ec, Socket socket) {
        // Accepted before the drain closed the acceptor, and told only now: it has got through all the same.
        if (!ec) admit(std::move(socket), loop);
        if (!acceptor_->is_open()) return;
        if (!ec) return accept_next();
        accept_pause_->expires_after(accept_pause);
        accept_pause_->async_wait([this](error_code) {
            if (acceptor_->is_open()) accept_next();
        });
    });
}

void Server::admit(Socket socket, Loop &loop) {
    error_code ec;
    auto remote = socket.remote_endpoint(ec);
    if (ec) return;
    std::string address = remote.address().to_string();
    cbeast_refusal refusal = admission(address);
    if (refusal != CBEAST_REFUSAL_NONE) {
        if (refused_ >= refused_max) return;
        refused_ += 1;
    }
    asio::post(loop.io, [&loop, socket = std::move(socket), address = std::move(address), refusal]() mutable {
        loop.adopt(std::move(socket), std::move(address), refusal);
    });
}

/// Counts the connection when it is let in.
cbeast_refusal Server::admission(const std::string &address) {
    if (connections_ >= settings.connections_max) return CBEAST_REFUSAL_CONNECTIONS;
    if (settings.connections_per_address_max > 0) {
        std::lock_guard<std::mutex> lock(mutex_);
        size_t &count = connections_of_[address_counted(address)];
        if (count >= settings.connections_per_address_max) return CBEAST_REFUSAL_CONNECTIONS_OF_ADDRESS;
        count += 1;
    }
    connections_ += 1;
    return CBEAST_REFUSAL_NONE;
}

void Server::closed(const std::string &address, bool was_refused) {
    if (was_refused) {
        refused_ -= 1;
        return;
    }
    connections_ -= 1;
    if (settings.connections_per_address_max == 0) return;
    std::lock_guard<std::mutex> lock(mutex_);
    auto entry = connections_of_.find(address_counted(address));
    if (entry != connections_of_.end() && --entry->second == 0) connections_of_.erase(entry);
}

void Server::drain(uint64_t limit) {
    if (draining_.exchange(true)) return;
    uint64_t deadline = milliseconds_now() + std::min(limit, drain_max_ms);
    asio::post(loops_[0]->io, [this, deadline] {
        // Who waits in the backlog has been told by the kernel that we are here.
        accept_backlog();
        error_code ignored;
        acceptor_->close(ignored);
        accept_pause_->cancel();
        // Posted behind an acceptance that is still to be told and after the last connection, so every loop has all of
        // its own by then.
        asio::post(loops_[0]->io, [this, deadline] {
            for (auto &each : loops_)
                asio::post(each->io, [loop = each.get(), deadline] { loop->begin_drain(deadline); });
        });
    });
}

void Server::accept_backlog() {
    for (int count = 0; count < backlog; count++) {
        Loop &loop = *loops_[next_loop_++ % loops_.size()];
        error_code ec;
        Socket socket = acceptor_->accept(loop.io, ec);
        if (ec) return;
        admit(std::move(socket), loop);
    }
}

}  // namespace tidings
