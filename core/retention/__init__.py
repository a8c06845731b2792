"""How long what is kept, and that it is gone afterwards: rules, the work of erasing, and the ledger of what was erased.

Core knows no kinds of data: ``RETENTION_KINDS`` in the settings names one :class:`~core.retention.kinds.Kind` for each
(docs/administration.md, docs/decisions/0017).
"""
