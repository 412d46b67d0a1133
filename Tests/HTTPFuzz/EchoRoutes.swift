import HTTPServer

/// Routes that touch whatever a client can send: body, path, query, headers, a stream.
func echoRoutes() -> Router {
    var router = Router()
    router.on(.get, "/health") { _ in .text(200, "ok") }
    router.on(.post, "/echo") { request in .bytes(contentType: "application/octet-stream", request.body) }
    router.on(.get, "/items/{id}") { request in
        .text(200, request.pathParameter("id") ?? "")
    }
    router.on(.get, "/query") { request in
        .text(200, request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "\n"))
    }
    router.on(.get, "/headers") { request in
        .text(200, request.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n"))
    }
    /// The value goes where a careless handler would put it.
    router.on(.get, "/reflect") { request in
        var response = Response.text(200, "reflected")
        response.setHeader("X-Reflected", request.query("value") ?? "")
        return response
    }
    router.on(.get, "/events") { _ in
        .events { writer in
            for number in 0..<20 {
                guard await writer.send(ServerSentEvent(id: String(number), data: "tick")) else { return }
            }
        }
    }
    return router
}
