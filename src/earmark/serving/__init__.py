"""The HTTP service: our API under ``/v1`` and the face of IBM's MAX-Audio-Classifier."""
