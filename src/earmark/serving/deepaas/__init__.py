"""The face of DEEP-OC's audio classifier: a module that DEEPaaS loads by the entry point `earmark`.

`deepaas-run` imports `earmark.serving.deepaas.api`; all that it does not need at start is imported
when a request needs it.
"""
