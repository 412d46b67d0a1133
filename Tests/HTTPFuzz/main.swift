import Glibc
import HTTPServer

// Prints its port, serves until its input ends, drains. The limits are short, so that a fuzzer meets them.
var settings = HTTPServerSettings()
settings.loops = 2
settings.bodyBytesMax = 64 << 10
settings.bodiesBytesMax = 1 << 20
settings.headerTimeout = .milliseconds(500)
settings.bodyTimeout = .milliseconds(500)
settings.keepAliveTimeout = .seconds(2)
settings.lingerTimeout = .milliseconds(300)
settings.connectionsMax = 64
let server = HTTPServer(settings, router: echoRoutes())
let port = try await server.start()
print("port \(port)")
fflush(nil)
while readLine() != nil {}
await server.drain(within: .seconds(2))
print("drained")
