extension Router {
    /// The whole way of a request through its handler, without a socket.
    package func respond(
        to request: Request,
        onError: @Sendable (any Error, Request) -> Void = { _, _ in }
    ) async -> Response {
        var request = request
        return await respond(to: &request, onError: onError)
    }

    /// Leaves the route that matched in the request.
    func respond(to request: inout Request, onError: @Sendable (any Error, Request) -> Void) async -> Response
    {
        var response: Response
        switch match(request.method, request.target.segments) {
        case .notFound:
            response = Problem.nothingHere.response(requestID: request.id)
        case .methodNotAllowed(let allowed):
            let asked = request.method == .options ? await preflight?(request, allowed) : nil
            response = asked ?? Problem.methodNotAllowed(allowed: allowed).response(requestID: request.id)
        case .route(let route, let values):
            request.route = route.pattern
            request.pathParameters = zip(route.parameters, values).map {
                RequestTarget.Parameter(name: $0, value: $1)
            }
            if let surrounding {
                response = await surrounding(request) { await Self.answer($0, by: route, onError) }
            } else {
                response = await Self.answer(request, by: route, onError)
            }
        }
        request.answer.write(into: &response)
        finish(&response, of: request)
        return response
    }

    private static func answer(
        _ request: Request, by route: Route, _ onError: @Sendable (any Error, Request) -> Void
    ) async -> Response {
        do {
            return try await route.handler(request)
        } catch let problem as Problem {
            return problem.response(requestID: request.id)
        } catch {
            onError(error, request)
            return Problem.internalError.response(requestID: request.id)
        }
    }
}
