package import HTTPServer
package import JSON
package import Models

/// What one area writes about its own routes: plain OpenAPI 3.1, as JSON. What all routes share (problems, the key, the
/// id in a path) is added when the parts become one document; see `OpenAPIDocument`.
package struct DescriptionPart: Sendable {
    /// The heading its routes stand under.
    package let title: String
    /// A sentence or two below it.
    package let about: String
    /// Whose scopes a key needs here. Nil: none of them, as for founders' routes.
    package let area: Area?
    /// `{"/v1/things": {"get": {…}}}`
    package let paths: String
    /// `{"Thing": {…}}`
    package let schemas: String

    package init(_ title: String, _ about: String, area: Area?, paths: String, schemas: String = "{}") {
        self.title = title
        self.about = about
        self.area = area
        self.paths = paths
        self.schemas = schemas
    }
}

/// One route as the document describes it.
package struct DescribedOperation: Sendable {
    package let method: HTTPMethod
    package let path: String
    package let title: String
    /// Nil: no key is needed, or the routes are not for keys of tenants.
    package let scope: Scope?
    package let isPublic: Bool
    /// As it was written, without what the document adds.
    package let written: JSONValue

    package var name: String { "\(method.rawValue) \(path)" }
}

/// A mistake in what an area wrote about itself; a test finds it before anybody else does.
package struct DescriptionError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
