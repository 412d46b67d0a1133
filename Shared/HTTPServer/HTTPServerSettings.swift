/// Where a server listens and what it grants a client. Every limit is there from the start: nothing grows
/// unbounded.
package struct HTTPServerSettings: Sendable {
    /// An IP address; names are not resolved.
    package var address = "127.0.0.1"
    /// 0 takes a free port, which `HTTPServer.start()` reports.
    package var port = 0
    /// Threads that read and write sockets; handlers run on Swift's own pool.
    package var loops = 1
    /// Lets other processes listen on the same port. Off, because two servers started by mistake would share
    /// it unseen.
    package var reusePort = false

    /// Of one request; beyond it 413.
    package var bodyBytesMax = 1 << 20
    /// Of all requests that are being read or handled; beyond it 503.
    package var bodiesBytesMax = 256 << 20
    /// Request line and headers together; beyond it 431, or 414 where the line alone is too long.
    package var headerBytesMax = 32 << 10
    package var headerCountMax = 100
    package var targetBytesMax = 8 << 10

    /// From the first byte to the end of the headers, however busily they dribble; then 408.
    package var headerTimeout = Duration.seconds(10)
    /// For the whole body, lengthened by what has come at `bodyBytesPerSecondMin`; then 408.
    package var bodyTimeout = Duration.seconds(10)
    package var bodyBytesPerSecondMin = 16 << 10
    /// Between two requests; then the connection closes without a word.
    package var keepAliveTimeout = Duration.seconds(60)
    /// Without the client taking a single byte of an answer.
    package var writeStallTimeout = Duration.seconds(30)
    /// After the last answer, for the client to close first.
    package var lingerTimeout = Duration.seconds(2)

    /// Beyond it 503.
    package var connectionsMax = 4_096
    /// Beyond it 429; 0 counts nothing, for a server that only a proxy talks to. An IPv6 /64 is one address.
    package var connectionsPerAddressMax = 1_024

    package init(address: String = "127.0.0.1", port: Int = 0) {
        self.address = address
        self.port = port
    }
}
