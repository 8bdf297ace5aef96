"""Write the documents that follow from declarations: the OpenAPI document and docs/reference."""
