"""The figures as an OData v4 feed: what Excel and Power BI open by themselves (docs/odata.md).

Every figure is asked of ``reports.stats.engine``; here is only the protocol: the model and its ``$metadata``, the
options of a request, pages that are whole periods, and the JSON that the clients expect.
"""
