/// Finds the handler of a request. Segments are compared whole and decoded; a literal segment wins over a
/// parameter.
package struct Router: Sendable {
    package typealias Handler = @Sendable (Request) async throws -> Response

    struct Route: Sendable {
        let pattern: String
        let parameters: [String]
        let handler: Handler
    }

    enum Match: Sendable {
        case route(Route, values: [String])
        case methodNotAllowed([HTTPMethod])
        case notFound
    }

    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var routes: [HTTPMethod: Route] = [:]
        /// Of `{name...}`, which takes one or more whole segments.
        var rest: [HTTPMethod: Route] = [:]
    }

    private var nodes = [Node()]
    /// Answers what browsers ask before a page of another origin may call an address; nil for no answer of its own.
    package typealias Preflight = @Sendable (Request, _ allowed: [HTTPMethod]) async -> Response?
    private(set) var preflight: Preflight?

    /// Runs every handler: its problems and failures are answers by then.
    package typealias Surrounding = @Sendable (Request, (Request) async -> Response) async -> Response
    private(set) var surrounding: Surrounding?

    private var finishers: [@Sendable (Request, inout Response) -> Void] = []
    /// Everything registered, in order.
    package private(set) var patterns: [(method: HTTPMethod, pattern: String)] = []

    package init() {}

    /// `/v1/messages/{id}`: a parameter takes one segment that is not empty. `{path...}` at the end takes all
    /// that are left. A GET handler also answers HEAD unless there is one of its own. A pattern registered
    /// twice is a mistake of ours.
    package mutating func on(_ method: HTTPMethod, _ pattern: String, _ handler: @escaping Handler) {
        precondition(pattern.hasPrefix("/"), "a pattern begins with a slash: \(pattern)")
        var node = 0
        var parameters: [String] = []
        var takesRest = false
        for segment in pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(
            String.init
        ) {
            precondition(!takesRest, "{name...} can only stand at the end: \(pattern)")
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else {
                node = literal(segment, of: node)
                continue
            }
            let name = String(segment.dropFirst().dropLast())
            takesRest = name.hasSuffix("...")
            parameters.append(takesRest ? String(name.dropLast(3)) : name)
            if !takesRest { node = parameter(of: node) }
        }
        let route = Route(pattern: pattern, parameters: parameters, handler: handler)
        let former =
            takesRest
            ? nodes[node].rest.updateValue(route, forKey: method)
            : nodes[node].routes.updateValue(route, forKey: method)
        precondition(former == nil, "registered twice: \(method.rawValue) \(pattern)")
        patterns.append((method, pattern))
    }

    /// Has the last word on every answer to a request that could be read, problems included: for headers that
    /// all share.
    package mutating func onResponse(_ finish: @escaping @Sendable (Request, inout Response) -> Void) {
        finishers.append(finish)
    }

    /// Asked about every OPTIONS that no route of its own answers, at addresses that exist.
    package mutating func onPreflight(_ answer: @escaping Preflight) {
        preflight = answer
    }

    /// For what must hold while a handler runs.
    package mutating func surround(_ surrounding: @escaping Surrounding) {
        self.surrounding = surrounding
    }

    func finish(_ response: inout Response, of request: Request) {
        for finish in finishers { finish(request, &response) }
    }

    func match(_ method: HTTPMethod, _ segments: [String]) -> Match {
        var values: [String] = []
        var allowed: Set<HTTPMethod> = []
        if let route = find(method, segments[...], from: 0, &values, &allowed) {
            return .route(route, values: values)
        }
        guard !allowed.isEmpty else { return .notFound }
        if allowed.contains(.get) { allowed.insert(.head) }
        return .methodNotAllowed(Array(allowed))
    }

    private func find(
        _ method: HTTPMethod,
        _ segments: ArraySlice<String>,
        from index: Int,
        _ values: inout [String],
        _ allowed: inout Set<HTTPMethod>
    ) -> Route? {
        guard let segment = segments.first else {
            return Self.choose(method, in: nodes[index].routes, &allowed)
        }
        if let child = nodes[index].literals[segment],
            let route = find(method, segments.dropFirst(), from: child, &values, &allowed)
        {
            return route
        }
        guard !segment.isEmpty else { return nil }
        if let child = nodes[index].parameter {
            values.append(segment)
            if let route = find(method, segments.dropFirst(), from: child, &values, &allowed) { return route }
            values.removeLast()
        }
        guard let route = Self.choose(method, in: nodes[index].rest, &allowed) else { return nil }
        values.append(segments.joined(separator: "/"))
        return route
    }

    private static func choose(
        _ method: HTTPMethod,
        in routes: [HTTPMethod: Route],
        _ allowed: inout Set<HTTPMethod>
    ) -> Route? {
        if let route = routes[method] { return route }
        if method == .head, let route = routes[.get] { return route }
        allowed.formUnion(routes.keys)
        return nil
    }

    private mutating func literal(_ segment: String, of node: Int) -> Int {
        if let child = nodes[node].literals[segment] { return child }
        nodes.append(Node())
        nodes[node].literals[segment] = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func parameter(of node: Int) -> Int {
        if let child = nodes[node].parameter { return child }
        nodes.append(Node())
        nodes[node].parameter = nodes.count - 1
        return nodes.count - 1
    }
}
