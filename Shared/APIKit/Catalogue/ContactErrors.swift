extension Catalogue {
    static let contactErrors: [CatalogueEntry] = []
}
