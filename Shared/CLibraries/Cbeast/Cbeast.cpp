#include "Cbeast.h"

#include "Connection.hpp"

#include <cstdio>
#include <exception>

using tidings::Command;

struct cbeast_server {
    std::shared_ptr<tidings::Server> server;
    std::string address;
};

namespace {

std::string copied(const void *bytes, size_t count) {
    return count == 0 ? std::string() : std::string(static_cast<const char *>(bytes), count);
}

Command command(Command::Kind kind, cbeast_exchange *exchange) {
    Command command{};
    command.kind = kind;
    command.exchange = exchange;
    return command;
}

bool submit(Command &&command) { return command.exchange->connection->loop().submit(std::move(command)); }

}  // namespace

cbeast_server *cbeast_server_start(const cbeast_settings *settings, char *problem, size_t problem_size) {
    std::string text;
    try {
        auto handle = std::make_unique<cbeast_server>();
        handle->address = settings->address;
        cbeast_settings own = *settings;
        own.address = handle->address.c_str();
        handle->server = std::make_shared<tidings::Server>(own);
        text = handle->server->start();
        if (text.empty()) return handle.release();
    } catch (const std::exception &error) {
        text = error.what();
    }
    std::snprintf(problem, problem_size, "%s", text.c_str());
    return nullptr;
}

int cbeast_server_port(const cbeast_server *server) { return server->server->port(); }

size_t cbeast_server_connections(const cbeast_server *server) { return server->server->connections(); }

void cbeast_server_drain(cbeast_server *server, uint64_t limit_ms) { server->server->drain(limit_ms); }

void cbeast_server_release(cbeast_server *server) {
    server->server->drain(0);
    delete server;
}

void cbeast_respond(
    cbeast_exchange *exchange, int status, const char *head, size_t head_count, const void *body,
    size_t body_count) {
    Command respond = command(Command::Kind::respond, exchange);
    respond.status = status;
    respond.head = copied(head, head_count);
    respond.body = copied(body, body_count);
    if (!submit(std::move(respond))) delete exchange;
}

void cbeast_abandon(cbeast_exchange *exchange) {
    if (!submit(command(Command::Kind::abandon, exchange))) delete exchange;
}

void cbeast_stream_start(
    cbeast_exchange *exchange, int status, const char *head, size_t head_count, bool ends_on_drain) {
    Command start = command(Command::Kind::stream_start, exchange);
    start.status = status;
    start.head = copied(head, head_count);
    start.ends_on_drain = ends_on_drain;
    submit(std::move(start));
}

long cbeast_stream_write(cbeast_exchange *exchange, const void *bytes, size_t count) {
    if (exchange->shut) return -1;
    long waiting = exchange->waiting += static_cast<long>(count);
    // An empty chunk would end the stream.
    if (count == 0) return waiting;
    Command chunk = command(Command::Kind::stream_chunk, exchange);
    chunk.body = copied(bytes, count);
    return submit(std::move(chunk)) ? waiting : -1;
}

bool cbeast_stream_is_open(const cbeast_exchange *exchange) { return !exchange->shut; }

void cbeast_stream_wait(cbeast_exchange *exchange, long low, void (*resume)(void *), void *context) {
    Command wait = command(Command::Kind::stream_wait, exchange);
    wait.low = low;
    wait.resume = resume;
    wait.context = context;
    if (!submit(std::move(wait))) resume(context);
}

void cbeast_stream_end(cbeast_exchange *exchange) {
    if (!submit(command(Command::Kind::stream_end, exchange))) delete exchange;
}
