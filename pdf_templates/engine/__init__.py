"""The renderer: HTML to PDF by xhtml2pdf, with the mends that Chinese official papers need."""
