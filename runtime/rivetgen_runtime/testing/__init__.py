"""What tests of actors stand on: time that passes when told to."""
