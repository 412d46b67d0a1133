// HTTP/1.1 over Boost.Asio sockets and Boost.Beast's parser, as plain C. Nothing here is global: any number
// of servers may run in one process. Every function may be called from any thread; none blocks.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct cbeast_server cbeast_server;
/// One request and its answer. Owned by whoever received it until `cbeast_respond` or `cbeast_stream_end`.
typedef struct cbeast_exchange cbeast_exchange;

typedef struct {
    const char *_Nullable start;
    size_t count;
} cbeast_text;

/// Offsets into `cbeast_request.field_text`.
typedef struct {
    uint32_t name_start, name_count, value_start, value_count;
} cbeast_field;

/// Why a connection is refused before there is a request to handle.
typedef enum {
    CBEAST_REFUSAL_NONE = 0,
    CBEAST_REFUSAL_MALFORMED,
    CBEAST_REFUSAL_FRAMING,
    CBEAST_REFUSAL_VERSION,
    CBEAST_REFUSAL_EXPECTATION,
    CBEAST_REFUSAL_TARGET_TOO_LONG,
    CBEAST_REFUSAL_HEADERS_TOO_LARGE,
    CBEAST_REFUSAL_BODY_TOO_LARGE,
    CBEAST_REFUSAL_TOO_SLOW,
    CBEAST_REFUSAL_CONNECTIONS_OF_ADDRESS,
    CBEAST_REFUSAL_CONNECTIONS,
    CBEAST_REFUSAL_BODIES_IN_MEMORY,
} cbeast_refusal;

/// Valid only during the call that hands it over; `exchange` lives on.
typedef struct {
    cbeast_exchange *_Nonnull exchange;
    cbeast_refusal refusal;  // the other members are empty unless this is NONE
    cbeast_text method, target, field_text, body;
    const cbeast_field *_Nullable fields;
    size_t field_count;
    const char *_Nonnull remote_address;
} cbeast_request;

typedef struct {
    const char *_Nonnull address;  // an IP address; copied
    int port;                      // 0: a free one
    int loops;
    bool share_port;               // SO_REUSEPORT: other processes may listen on the same port
    size_t header_bytes_max, header_count_max, target_bytes_max;
    size_t body_bytes_max, bodies_bytes_max;  // of one request; of all requests being read together
    size_t connections_max, connections_per_address_max;
    uint64_t header_ms, body_ms, keep_alive_ms, write_stall_ms, linger_ms;
    uint64_t body_bytes_per_second_min;  // every received byte lengthens the body's deadline by this rate
    /// On a loop thread: copy what is needed and return.
    void (*_Nonnull on_request)(void *_Nullable context, const cbeast_request *_Nonnull request);
    /// Once, after the last loop has ended: nothing is called with `context` afterwards.
    void (*_Nonnull on_end)(void *_Nullable context);
    void *_Nullable context;
} cbeast_settings;

/// NULL when the address cannot be listened on; `problem` then says why. `on_end` is not called in that case.
cbeast_server *_Nullable cbeast_server_start(
    const cbeast_settings *_Nonnull settings, char *_Nonnull problem, size_t problem_size);
int cbeast_server_port(const cbeast_server *_Nonnull server);
/// Open connections, for a gauge.
size_t cbeast_server_connections(const cbeast_server *_Nonnull server);
/// Takes what waits in the backlog, stops listening, closes idle connections, finishes requests under way,
/// and after `limit_ms` closes whatever is left. Only the first call counts.
void cbeast_server_drain(cbeast_server *_Nonnull server, uint64_t limit_ms);
/// Frees the handle; a server still running is stopped at once.
void cbeast_server_release(cbeast_server *_Nonnull server);

/// Copies and gives the exchange back. `head` is whole header lines, each ended by CR LF and already checked.
void cbeast_respond(
    cbeast_exchange *_Nonnull exchange, int status, const char *_Nullable head, size_t head_count,
    const void *_Nullable body, size_t body_count);

/// Closes the connection without a word and gives the exchange back.
void cbeast_abandon(cbeast_exchange *_Nonnull exchange);

void cbeast_stream_start(
    cbeast_exchange *_Nonnull exchange, int status, const char *_Nullable head, size_t head_count,
    bool ends_on_drain);
/// Copies. The bytes now waiting for the socket, or -1: the peer has gone, or the server drains.
long cbeast_stream_write(cbeast_exchange *_Nonnull exchange, const void *_Nonnull bytes, size_t count);
/// False once nothing can be written any more.
bool cbeast_stream_is_open(const cbeast_exchange *_Nonnull exchange);
/// Calls back exactly once, when at most `low` bytes wait or nothing can be written any more. With a negative
/// `low` only the latter counts.
void cbeast_stream_wait(
    cbeast_exchange *_Nonnull exchange, long low, void (*_Nonnull resume)(void *_Nullable),
    void *_Nullable context);
/// Gives the exchange back.
void cbeast_stream_end(cbeast_exchange *_Nonnull exchange);

#ifdef __cplusplus
}
#endif
