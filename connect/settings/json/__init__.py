"""Read and edit JSON text without changing anything else in it: scan, edit, lay out."""
