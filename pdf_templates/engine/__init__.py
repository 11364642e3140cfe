"""Engine of the papers: HTML to PDF by xhtml2pdf, with the patches that Chinese official papers need."""
